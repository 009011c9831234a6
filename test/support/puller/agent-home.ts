// What the built agent with models stands among: a store and a runtime in this process, a models.json and a model folder of its own.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelsReport } from '../../../src/model-report.ts';
import { AgentProcess } from '../../e2e/support/agent-process.ts';
import { eventually, type Patience } from '../eventually.ts';
import { freePort } from '../free-ports.ts';
import { openRepositoryRuntime, type RepositoryRuntime } from '../runtimes/repository-runtime.ts';
import { textModelFiles } from '../runtimes/text-model.ts';
import { type Alter, S3Server, testAccount } from '../stores/s3-server.ts';

export interface AgentHomeOptions {
  /** Of outrigger.cjs. */
  readonly program: string;
  readonly alter?: Alter;
  readonly loadMs?: number;
  /** Default: a new one. */
  readonly modelDir?: string;
}

interface HomeParts {
  readonly path: string;
  readonly modelDir: string;
  readonly program: string;
  readonly opsPort: number;
  readonly store: S3Server;
  readonly runtime: RepositoryRuntime;
}

export class AgentHome implements AsyncDisposable {
  readonly modelDir: string;
  readonly store: S3Server;
  readonly runtime: RepositoryRuntime;
  readonly #parts: HomeParts;

  private constructor(parts: HomeParts) {
    this.#parts = parts;
    this.modelDir = parts.modelDir;
    this.store = parts.store;
    this.runtime = parts.runtime;
    mkdirSync(this.configDir);
  }

  /** With everything in it gone at the end of the block. */
  static async open({ program, alter, loadMs = 0, modelDir }: AgentHomeOptions): Promise<AgentHome> {
    const path = mkdtempSync(join(tmpdir(), 'outrigger-home-'));
    const models = modelDir ?? join(path, 'models');
    const store = await S3Server.start(alter === undefined ? {} : { alter });
    const runtime = await openRepositoryRuntime({ modelDir: models, loadMs });
    return new AgentHome({ path, modelDir: models, program, opsPort: await freePort(), store, runtime });
  }

  get configDir(): string {
    return join(this.#parts.path, 'config');
  }

  /** A model that answers `value`, with parts whose wholeness the runtime checks. */
  put(key: string, value: string, partBytes?: readonly number[]): void {
    const files = Object.entries(textModelFiles(value, partBytes));
    for (const [path, content] of files) this.store.put('models', `${key}/${path}`, content);
  }

  /** models.json, replaced in one step. By name: a key of the bucket. */
  want(models: Readonly<Record<string, string>>): void {
    const entries = Object.entries(models).map(([modelName, key]) => ({ modelName, modelSpec: specOf(key) }));
    const draft = join(this.configDir, '.new');
    writeFileSync(draft, JSON.stringify(entries));
    renameSync(draft, join(this.configDir, 'models.json'));
  }

  /** The next life of the agent. */
  start(flags: readonly string[] = []): AgentProcess {
    const ports = ['--host', '127.0.0.1', '--port', '0', '--metrics-host', '127.0.0.1'];
    const drain = ['--drain-min-wait', '0s', '--drain-quiet-period', '0s'];
    const folders = ['--config-dir', this.configDir, '--model-dir', this.modelDir];
    const runtime = ['--component-port', String(this.runtime.port), '--metrics-port', String(this.#parts.opsPort)];
    const env = {
      AWS_ENDPOINT_URL: this.store.url,
      AWS_ACCESS_KEY_ID: testAccount.accessKeyId,
      AWS_SECRET_ACCESS_KEY: testAccount.secretAccessKey,
      S3_READ_TIMEOUT: '1',
    };
    const args = [...ports, ...drain, ...folders, ...runtime, '--enable-puller', ...flags];
    return new AgentProcess({ program: this.#parts.program, args, env });
  }

  /** Folders and files in ours, but for what is always there. */
  leftIn(...inner: readonly string[]): string[] {
    const folder = join(this.modelDir, '.outrigger', ...inner);
    return existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runtime.kill();
    await this.store[Symbol.asyncDispose]();
    rmSync(this.#parts.path, { recursive: true, force: true });
  }
}

export function specOf(key: string): Readonly<Record<string, unknown>> {
  return { storageUri: `s3://models/${key}`, framework: 'text', memory: '1M' };
}

/** One life of the agent, as its clients and operators see it. */
export class ServedModelsClient {
  readonly url: string;
  readonly #opsUrl: string;

  private constructor(port: number, opsPort: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.#opsUrl = `http://127.0.0.1:${opsPort}`;
  }

  /** Resolves when it serves. */
  static async of(agent: AgentProcess): Promise<ServedModelsClient> {
    const { port, opsPort } = await agent.logged(({ msg }) => msg === 'serving');
    return new ServedModelsClient(port as number, opsPort as number);
  }

  /** What the model answers; the status when it is none. */
  async ask(name: string): Promise<string | number> {
    const response = await fetch(`${this.url}/v2/models/${name}/infer`, { method: 'POST', body: '{"inputs":[]}' });
    const answer = (await response.json()) as { readonly outputs?: readonly [{ readonly data: readonly [string] }] };
    return answer.outputs?.[0].data[0] ?? response.status;
  }

  async status(): Promise<ModelsReport> {
    return (await (await fetch(`${this.#opsUrl}/models`)).json()) as ModelsReport;
  }

  async isReady(): Promise<boolean> {
    const response = await fetch(`${this.#opsUrl}/readyz`);
    await response.arrayBuffer();
    return response.status === 200;
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.#opsUrl}/metrics`)).text();
  }
}

/** `eventually`, with the patience that a process with models takes on a busy machine. */
export function until(what: string, claim: () => Promise<boolean> | boolean, patience: Patience = {}): Promise<void> {
  return eventually(what, claim, { deadlineMs: 60_000, everyMs: 20, ...patience });
}
