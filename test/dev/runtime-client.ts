// A running embedded runtime for tests, and plain calls to it.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type OnnxRuntimeOptions, startOnnxRuntime } from '../../src/dev/onnx-runtime.ts';
import type { Log } from '../../src/log.ts';

export const DIGITS_DIR = new URL('../../src/dev/model', import.meta.url).pathname;

export interface TestRuntime {
  readonly baseUrl: string;
  readonly port: number;
  /** Messages of the process log, level first. */
  readonly logged: readonly string[];
  get(path: string): Promise<Reply>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  stop(): Promise<void>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  /** Of the JSON before any binary tensors; undefined when the body is empty. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
  /** What follows the JSON. */
  readonly blobs: Buffer;
}

export async function startTestRuntime(options: Partial<OnnxRuntimeOptions> = {}): Promise<TestRuntime> {
  const logged: string[] = [];
  const runtime = await startOnnxRuntime({
    host: '127.0.0.1',
    port: 0,
    modelDir: DIGITS_DIR,
    log: recordingLog(logged),
    ...options,
  });
  const baseUrl = `http://127.0.0.1:${runtime.port}`;
  return {
    baseUrl,
    port: runtime.port,
    logged,
    get: async (path) => readReply(await fetch(baseUrl + path)),
    post: async (path, body = '', headers = {}) => {
      const bytes = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
      return readReply(
        await fetch(baseUrl + path, { method: 'POST', headers, body: bytes as RequestInit['body'] & {} }),
      );
    },
    stop: async () => runtime[Symbol.asyncDispose](),
  };
}

async function readReply(response: Response): Promise<Reply> {
  const body = Buffer.from(await response.arrayBuffer());
  const jsonBytes = Number(response.headers.get('inference-header-content-length') ?? body.length);
  const json = jsonBytes === 0 ? undefined : JSON.parse(body.subarray(0, jsonBytes).toString());
  return { status: response.status, headers: response.headers, body, json, blobs: body.subarray(jsonBytes) };
}

/** A request with binary tensors: the JSON's length goes into the header. */
export function binaryRequest(request: object, ...blobs: Uint8Array[]): [Buffer, Record<string, string>] {
  const json = Buffer.from(JSON.stringify(request));
  return [Buffer.concat([json, ...blobs]), { 'inference-header-content-length': String(json.length) }];
}

/** A folder of models, by path inside it; the caller removes it. */
export async function makeModelDir(
  files: Record<string, Uint8Array>,
): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'outrigger-models-'));
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), bytes);
  }
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

function recordingLog(logged: string[]): Log {
  const record = (level: string) => (_fields: object, message: string) => {
    logged.push(`${level} ${message}`);
  };
  return { debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') };
}
