// Thousands of small models: the built agent, the store and the runtime, each a process of its own.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentProcess } from '../../e2e/support/agent-process.ts';
import { freePort } from '../free-ports.ts';
import { textModelFiles } from '../runtimes/text-model.ts';
import { testAccount } from '../stores/s3-server.ts';
import type { FromS3Child, ToS3Child } from '../stores/s3-server-child.ts';
import { specOf } from './agent-home.ts';

const partBytes = 1_000;

interface CrowdParts {
  readonly program: string;
  readonly path: string;
  readonly store: ChildProcess;
  readonly storeUrl: string;
  readonly runtime: ChildProcess;
  readonly runtimePort: number;
  readonly opsPort: number;
}

export class CrowdedAgent implements AsyncDisposable {
  readonly #parts: CrowdParts;
  #generation = 0;

  private constructor(parts: CrowdParts) {
    this.#parts = parts;
    mkdirSync(this.#configDir);
    mkdirSync(this.modelDir);
  }

  static async open(program: string): Promise<CrowdedAgent> {
    const path = mkdtempSync(join(tmpdir(), 'outrigger-crowd-'));
    const support = join(import.meta.dirname, '..');
    const store = fork(join(support, 'stores/s3-server-child.ts'));
    const [{ url }] = (await once(store, 'message')) as [Extract<FromS3Child, { url: string }>];
    const args = [join(support, 'runtimes/repository-runtime-child.ts'), join(path, 'models')];
    const runtime = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(runtime.stdout!, 'data')) as [Buffer];
    const opsPort = await freePort();
    return new CrowdedAgent({
      program,
      path,
      store,
      storeUrl: url,
      runtime,
      runtimePort: Number(line.toString()),
      opsPort,
    });
  }

  get modelDir(): string {
    return join(this.#parts.path, 'models');
  }

  get #configDir(): string {
    return join(this.#parts.path, 'config');
  }

  /** By key, what the model answers. */
  async put(models: Readonly<Record<string, string>>): Promise<void> {
    const objects = Object.entries(models).flatMap(([key, value]) =>
      // As text: messages to a process hold no bytes.
      Object.entries(textModelFiles(value, [partBytes])).map(([path, content]) => [`${key}/${path}`, String(content)]),
    );
    await this.#tellStore({ kind: 'put', objects: Object.fromEntries(objects) });
  }

  /** Objects, so far. */
  fetches(): Promise<number> {
    return this.#tellStore({ kind: 'count' });
  }

  /** By name a key: as kubelet changes a mounted ConfigMap, a new folder and `..data` swapped to it. */
  want(models: Readonly<Record<string, string>>): void {
    const entries = Object.entries(models).map(([modelName, key]) => ({ modelName, modelSpec: specOf(key) }));
    const at = (name: string): string => join(this.#configDir, name);
    const folder = `..${this.#generation + 1}`;
    mkdirSync(at(folder));
    writeFileSync(join(at(folder), 'models.json'), JSON.stringify(entries));
    symlinkSync(folder, at('..data_tmp'));
    renameSync(at('..data_tmp'), at('..data'));
    if (this.#generation === 0) symlinkSync('..data/models.json', at('models.json'));
    else rmSync(at(`..${this.#generation}`), { recursive: true });
    this.#generation += 1;
  }

  start(): AgentProcess {
    const { runtimePort, opsPort, storeUrl, program } = this.#parts;
    const listen = [
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      '--metrics-host',
      '127.0.0.1',
      '--metrics-port',
      String(opsPort),
    ];
    const folders = ['--config-dir', this.#configDir, '--model-dir', this.modelDir];
    const { accessKeyId, secretAccessKey } = testAccount;
    const env = { AWS_ENDPOINT_URL: storeUrl, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    const args = [...listen, ...folders, '--component-port', String(runtimePort), '--enable-puller'];
    return new AgentProcess({ program, args, env });
  }

  /** What the runtime itself serves, sorted. */
  async loaded(): Promise<string[]> {
    const response = await fetch(`http://127.0.0.1:${this.#parts.runtimePort}/v2/repository/index`, { method: 'POST' });
    const rows = (await response.json()) as { readonly name: string; readonly state?: string }[];
    return rows.flatMap(({ name, state }) => (state === 'READY' ? [name] : [])).sort();
  }

  /** Names of models and how many versions each has, sorted. */
  onDisk(): string[] {
    const own = join(this.modelDir, '.outrigger');
    const names = readdirSync(own).filter((name) => !name.startsWith('.'));
    return names.map((name) => `${name} ${readdirSync(join(own, name)).length}`).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { store, runtime, path } = this.#parts;
    for (const child of [store, runtime]) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(path, { recursive: true, force: true });
  }

  async #tellStore(message: ToS3Child): Promise<number> {
    const { store } = this.#parts;
    const answered = once(store, 'message') as Promise<[Extract<FromS3Child, { fetches: number }>]>;
    store.send(message);
    const [{ fetches }] = await answered;
    return fetches;
  }
}

/** The most memory that a process had at once. */
export function peakMib(pid: number | undefined): number {
  const [, kib = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kib) / 1024);
}
