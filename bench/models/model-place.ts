// Thousands of models around one agent: a store that has them, a runtime that loads them, models.json, a model folder on tmpfs.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastOutput, type Server } from '../process.ts';
import type { Rig } from '../rig.ts';
import { agentWith, LOAD_CORE } from '../subjects.ts';

const OBJECT_BYTES = 10_000;
const UNLOAD_MS = 5;
const READY_LIMIT_MS = 180_000;
const POLL_MS = 250; // each question about readiness is work for the agent

export interface PlaceParts {
  readonly rig: Rig;
  readonly agentScript: string;
  readonly loadMs: number;
  /** Of the agent, beyond those that it needs here. */
  readonly flags: readonly string[];
}

export class ModelPlace implements AsyncDisposable {
  readonly runtime: Server;
  readonly #store: Server;
  readonly #parts: PlaceParts;
  readonly #modelDir = mkdtempSync('/dev/shm/outrigger-bench-');
  readonly #configDir: string;
  #operatorPort = 0;

  private constructor(parts: PlaceParts, { store, runtime }: { readonly store: Server; readonly runtime: Server }) {
    this.#parts = parts;
    this.#store = store;
    this.runtime = runtime;
    this.#configDir = join(parts.rig.folder, `config-${runtime.port}`);
    mkdirSync(this.#configDir);
  }

  static async open(parts: PlaceParts): Promise<ModelPlace> {
    const node = (file: string, ...args: readonly number[]) => ({
      core: LOAD_CORE,
      command: ({ port }: { readonly port: number }): [string, ...string[]] =>
        [...[process.execPath, join(import.meta.dirname, file)], ...[port, ...args].map(String)] as [
          string,
          ...string[],
        ],
    });
    const store = await parts.rig.start(node('small-store.ts', OBJECT_BYTES));
    const runtime = await parts.rig.start(node('model-runtime.ts', parts.loadMs, UNLOAD_MS));
    return new ModelPlace(parts, { store, runtime });
  }

  /** models.json, replaced in one step; each model counts 1 GB. */
  want(names: readonly string[]): void {
    const entries = names.map((modelName) => ({
      modelName,
      modelSpec: { storageUri: `s3://models/${modelName}`, framework: 'onnx', memory: '1G' },
    }));
    const file = join(this.#configDir, 'models.json');
    writeFileSync(`${file}.new`, JSON.stringify(entries));
    renameSync(`${file}.new`, file);
  }

  startAgent(): Promise<Server> {
    const { rig, agentScript, flags } = this.#parts;
    const folders = ['--config-dir', this.#configDir, '--model-dir', this.#modelDir];
    const { core, command } = agentWith(agentScript, 'models', ['--enable-puller', ...folders, ...flags]).spec(
      this.runtime,
    );
    const endpoint = `AWS_ENDPOINT_URL=http://127.0.0.1:${this.#store.port}`;
    return rig.start({
      core,
      command: (place) => {
        this.#operatorPort = place.operatorPort;
        return ['env', endpoint, 'awsAnonymousCredential=true', 'AWS_REGION=us-east-1', ...command(place)];
      },
    });
  }

  /** @throws Error when the agent exits or is too slow */
  async untilReady(agent: Server): Promise<void> {
    const isReady = () => this.#ask('/readyz').then(({ status }) => status === 200);
    await this.#until(agent, () => isReady().catch(() => false)); // the operators' port may open a moment later
  }

  /** Models that are loaded. */
  async loaded(): Promise<number> {
    const report = (await (await this.#ask('/models')).json()) as { readonly counts: { readonly ready: number } };
    return report.counts.ready;
  }

  async untilLoaded(agent: Server, models: number): Promise<void> {
    await this.#until(agent, async () => (await this.loaded()) >= models);
  }

  /** The most models that the runtime ever held. */
  async peak(): Promise<number> {
    return Number(await (await fetch(`http://127.0.0.1:${this.runtime.port}/peak`)).text());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.runtime.stop(), this.#store.stop()]);
    rmSync(this.#modelDir, { recursive: true, force: true });
  }

  #ask(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.#operatorPort}${path}`);
  }

  async #until(agent: Server, holds: () => Promise<boolean>): Promise<void> {
    const limitMs = performance.now() + READY_LIMIT_MS;
    while (!(await holds())) {
      if (agent.exited || performance.now() > limitMs)
        throw new Error(`the models are not loaded:\n${lastOutput(agent)}`);
      await sleep(POLL_MS);
    }
  }
}
