// The model runtime of `outrigger dev`: ONNX Runtime behind the V2 REST protocol, in this process.
import type * as Onnxruntime from 'onnxruntime-node';
import { OutriggerError } from '../errors.ts';
import type { Log } from '../log.ts';
import { ModelRepository } from './model-repository.ts';
import { OnnxModel } from './onnx-model.ts';
import { createV2Api } from './v2-api.ts';
import { V2Server } from './v2-server.ts';

const maxConnections = 1024;
/** Of one inference call: the models of a laptop session are small. */
const threads = 1;

export interface OnnxRuntimeOptions {
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  /** Its models are loaded at the start: NAME.onnx, NAME/model.onnx or NAME/VERSION/model.onnx. */
  readonly modelDir: string;
  readonly log: Log;
  /** Rows of one call; default 1024. What /config says and what is enforced. */
  readonly maxBatchSize?: number;
  /** Default 64 MiB, as Triton's. */
  readonly maxBodyBytes?: number;
  /** Longest wait for answers under way at the end; default 5000. */
  readonly closeTimeoutMs?: number;
  /** The package; a parameter so that its absence can be shown. */
  readonly importOnnxruntime?: () => Promise<typeof Onnxruntime>;
}

export interface OnnxRuntime extends AsyncDisposable {
  readonly port: number;
}

/**
 * Resolves when the models of `modelDir` serve (or have failed, which the log and the repository index tell).
 * @throws OutriggerError CONFIG_INVALID: onnxruntime-node cannot be loaded; the listen error; the error of reading `modelDir`.
 */
export async function startOnnxRuntime(options: OnnxRuntimeOptions): Promise<OnnxRuntime> {
  const { host, port, modelDir, log, maxBatchSize = 1024 } = options;
  const onnxruntime = await importOnnxruntime(options.importOnnxruntime ?? (() => import('onnxruntime-node')));
  const loadModel = (file: { name: string; version: string; path: string }) =>
    OnnxModel.load({ ...file, onnxruntime, maxBatchSize, threads });
  const repository = new ModelRepository({ modelDir, log, loadModel });
  const start = { ready: false };
  const server = await V2Server.listen({
    host,
    port,
    log,
    maxBodyBytes: options.maxBodyBytes ?? 64 * 1024 * 1024,
    maxConnections,
    closeTimeoutMs: options.closeTimeoutMs ?? 5000,
    answer: createV2Api({ repository, version: onnxruntime.env.versions.common, isReady: () => start.ready }),
  });
  const dispose = async () => {
    await server[Symbol.asyncDispose]();
    await repository.unloadAll();
  };
  try {
    await repository.loadAll();
  } catch (cause) {
    await dispose();
    throw cause;
  }
  start.ready = true;
  return { port: server.port, [Symbol.asyncDispose]: dispose };
}

async function importOnnxruntime(load: () => Promise<typeof Onnxruntime>): Promise<typeof Onnxruntime> {
  try {
    return await load();
  } catch (cause) {
    // Beside outrigger, or it is not found; its install script would fetch hundreds of MB for GPUs, from elsewhere than npm.
    const remedy =
      'npm i --global --ignore-scripts onnxruntime-node (without --global where outrigger was installed without it), ' +
      'or name a runtime of your own: outrigger dev --upstream http://127.0.0.1:8000';
    throw new OutriggerError('CONFIG_INVALID', `the embedded runtime needs the package onnxruntime-node: ${remedy}`, {
      cause,
    });
  }
}
