// What an agent with models stands among: a store, a models.json, a model folder, a runtime that behaves as Triton; all its own.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { ModelReport, ModelsReport } from '../../../src/model-report.ts';
import { freePort } from '../free-ports.ts';
import { openRepositoryRuntime, type RepositoryRuntime } from '../runtimes/repository-runtime.ts';
import { textModelFiles } from '../runtimes/text-model.ts';
import { type Alter, S3Server, testAccount } from '../stores/s3-server.ts';
import { startConfigured, type TestAgent, testConfig } from '../test-agent.ts';

export interface Entry {
  /** Key in the bucket `models`. */
  readonly from: string;
  readonly memory?: string;
}

const deadlineMs = 30_000;
/** What failed is tried again so soon that tests need not wait for it, and not so soon that it fills their logs. */
const retry = { firstMs: 30, maxMs: 200 };

interface HomeParts {
  readonly path: string;
  readonly store: S3Server;
  readonly runtime: RepositoryRuntime;
}

export class ModelHome {
  readonly modelDir: string;
  readonly store: S3Server;
  readonly runtime: RepositoryRuntime;
  /** How the store misbehaves now; null: not at all. */
  storeFault: Alter | null = null;
  readonly #configDir: string;

  private constructor({ path, store, runtime }: HomeParts) {
    this.store = store;
    this.runtime = runtime;
    this.modelDir = join(path, 'models');
    this.#configDir = join(path, 'config');
    mkdirSync(this.#configDir);
  }

  /** Ends with the test. The model folder is made by the agent. */
  static async open(times: { readonly loadMs?: number; readonly unloadMs?: number } = {}): Promise<ModelHome> {
    const alter: Alter = (request, answer, response) => {
      return home.storeFault === null ? answer : home.storeFault(request, answer, response);
    };
    const store = await S3Server.start({ alter });
    const path = mkdtempSync(join(tmpdir(), 'outrigger-models-'));
    const runtime = await openRepositoryRuntime({ modelDir: join(path, 'models'), ...times });
    const home = new ModelHome({ path, store, runtime });
    onTestFinished(async () => {
      await runtime.kill();
      await store[Symbol.asyncDispose]();
      rmSync(path, { recursive: true, force: true });
    });
    return home;
  }

  get modelsFile(): string {
    return join(this.#configDir, 'models.json');
  }

  /** A model that answers `value`, with a file whose wholeness the runtime checks. */
  put(key: string, value: string, bytes = 2_000): void {
    const files = Object.entries(textModelFiles(value, [bytes]));
    for (const [path, content] of files) this.store.put('models', `${key}/${path}`, content);
  }

  /** models.json, replaced in one step. */
  want(models: Readonly<Record<string, string | Entry>>): void {
    const entries = Object.entries(models).map(([modelName, model]) => {
      const { from, memory = '1M' } = typeof model === 'string' ? { from: model } : model;
      return { modelName, modelSpec: { storageUri: `s3://models/${from}`, framework: 'text', memory } };
    });
    this.write(JSON.stringify(entries));
  }

  write(text: string): void {
    const draft = `${this.modelsFile}.new`;
    writeFileSync(draft, text);
    renameSync(draft, this.modelsFile);
  }

  /** Ends with the test; `end` ends it before. */
  async start(flags: readonly string[] = []): Promise<ModelAgent> {
    const { accessKeyId, secretAccessKey } = testAccount;
    const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: 'us-east-1' };
    const folders = ['--config-dir', this.#configDir, '--model-dir', this.modelDir];
    const ops = ['--metrics-port', String(await freePort())];
    const { puller, ...config } = testConfig(this.runtime.port, ['--enable-puller', ...folders, ...ops, ...flags], {
      ...env,
      AWS_ENDPOINT_URL: this.store.url,
    });
    return new ModelAgent(await startConfigured({ ...config, puller: puller && { ...puller, retry } }));
  }

  /** Versions of a model on disk, complete or not. */
  versions(name: string): string[] {
    const folder = join(this.modelDir, '.outrigger', name);
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  /** GETs of objects of this model. */
  fetches(key: string): number {
    const { requests } = this.store;
    return requests.filter(({ method, key: asked }) => method === 'GET' && asked.startsWith(`${key}/`)).length;
  }
}

/** The agent as its clients and operators see it. */
export class ModelAgent {
  readonly #agent: TestAgent;

  constructor(agent: TestAgent) {
    this.#agent = agent;
  }

  get url(): string {
    return this.#agent.url;
  }

  get logged(): TestAgent['logged'] {
    return this.#agent.logged;
  }

  get metrics(): TestAgent['metrics'] {
    return this.#agent.metrics;
  }

  get opsPort(): number | null {
    return this.#agent.agent.opsPort;
  }

  get gaveUp(): TestAgent['agent']['gaveUp'] {
    return this.#agent.agent.gaveUp;
  }

  async end(): Promise<void> {
    await this.#agent.agent[Symbol.asyncDispose]();
  }

  async status(): Promise<ModelsReport> {
    const response = await fetch(`http://127.0.0.1:${this.#agent.agent.opsPort}/models`);
    return (await response.json()) as ModelsReport;
  }

  /** A page of the operator's port. */
  async page(path: string): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.#agent.agent.opsPort}${path}`)).text();
  }

  async model(name: string): Promise<ModelReport | undefined> {
    return (await this.status()).list.find((model) => model.name === name);
  }

  async ready(): Promise<{ readonly status: number; readonly reasons: readonly string[] }> {
    const response = await fetch(`http://127.0.0.1:${this.#agent.agent.opsPort}/readyz`);
    const { reasons } = (await response.json()) as { reasons: readonly string[] };
    return { status: response.status, reasons };
  }

  /** What the model answers: its value, or the status that refuses. */
  async ask(name: string): Promise<string | number> {
    const response = await this.infer(name);
    if (!response.ok) {
      await response.body?.cancel();
      return response.status;
    }
    const { outputs } = (await response.json()) as { outputs: readonly [{ data: readonly [string] }] };
    return outputs[0].data[0];
  }

  infer(name: string): Promise<Response> {
    const body = JSON.stringify({ inputs: [] });
    return fetch(`${this.url}/v2/models/${name}/infer`, { method: 'POST', body });
  }

  /** @throws with `what` and how the models are, when it is not so within 30 s */
  async until(what: string, claim: () => Promise<boolean> | boolean): Promise<void> {
    const lastMs = performance.now() + deadlineMs;
    while (!(await claim())) {
      if (performance.now() > lastMs)
        throw new Error(`not within 30 s: ${what}\n${JSON.stringify(await this.status())}`);
      await wait(10);
    }
  }

  async untilServed(name: string, value: string | number): Promise<void> {
    await this.until(`${name} answers ${value}`, async () => (await this.ask(name)) === value);
  }

  async untilReady(): Promise<void> {
    await this.until('ready', async () => (await this.ready()).status === 200);
  }
}
