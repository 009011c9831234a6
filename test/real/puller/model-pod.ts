// A pod as Kubernetes makes it: a real runtime and the built agent over one model folder, models.json mounted from a ConfigMap.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ModelReport, ModelsReport } from '../../../src/model-report.ts';
import { freePorts } from '../../support/free-ports.ts';
import { Program } from '../program.ts';
import { findPlace, type Place, type Runtime, type RuntimeName, startRuntimeAt } from '../runtimes.ts';
import { builtAgent } from '../through.ts';

/** Two cores shared with other suites: a load of Triton takes 2 s on idle ones. */
const patienceMs = 60_000;
const pollMs = 50;

export interface WantedEntry {
  readonly uri: string;
  readonly memory?: string;
}

export interface PodOptions {
  readonly runtime: RuntimeName | ((place: Place) => Promise<Runtime>);
  /** Exists and is empty: for models, logs and settings. */
  readonly folder: string;
  /** How the agent reaches the stores. */
  readonly env: Readonly<Record<string, string>>;
  readonly runtimeFlags?: (modelDir: string) => readonly string[];
}

export class ModelPod implements AsyncDisposable {
  readonly modelDir: string;
  readonly agentPort: number;
  readonly runtimePort: number;
  readonly #options: PodOptions;
  readonly #place: Place;
  readonly #opsPort: number;
  readonly #configDir: string;
  #runtime: Runtime | null = null;
  #agent: Program | null = null;
  #writes = 0;

  private constructor(options: PodOptions, place: Place, [agentPort, opsPort]: readonly [number, number]) {
    this.#options = options;
    this.#place = place;
    this.runtimePort = place.httpPort;
    this.agentPort = agentPort;
    this.#opsPort = opsPort;
    this.modelDir = modelDirOf(place.folder);
    this.#configDir = join(place.folder, 'config');
    mkdirSync(this.modelDir);
    mkdirSync(this.#configDir);
  }

  /** Nothing of it runs yet. */
  static async make(options: PodOptions): Promise<ModelPod> {
    const flags = options.runtimeFlags?.(modelDirOf(options.folder)) ?? [];
    const place = { ...(await findPlace(options.folder)), flags };
    return new ModelPod(options, place, (await freePorts(2)) as [number, number]);
  }

  async startRuntime(): Promise<void> {
    const { runtime } = this.#options;
    this.#runtime =
      typeof runtime === 'string' ? await startRuntimeAt(runtime, this.#place) : await runtime(this.#place);
  }

  async killRuntime(): Promise<void> {
    await this.#runtime?.program.kill();
  }

  /** Not ready yet. */
  startAgent(flags: readonly string[] = []): void {
    const { httpPort, grpcPort, folder } = this.#place;
    this.#agent = new Program({
      name: 'agent',
      command: process.execPath,
      args: [
        ...[builtAgent(), '--enable-puller', '--config-dir', this.#configDir, '--model-dir', this.modelDir],
        ...['--port', String(this.agentPort), '--metrics-port', String(this.#opsPort)],
        ...['--component-port', String(httpPort), '--component-grpc-port', String(grpcPort), ...flags],
      ],
      logFolder: folder,
      env: this.#options.env,
    });
  }

  async killAgent(): Promise<void> {
    await this.#agent?.kill();
  }

  /** models.json as the kubelet writes it: a new folder, then `..data` swapped to it. */
  want(models: Readonly<Record<string, string | WantedEntry>>): void {
    const entries = Object.entries(models).map(([modelName, wanted]) => {
      const { uri, memory = '1Mi' } = typeof wanted === 'string' ? { uri: wanted } : wanted;
      return { modelName, modelSpec: { storageUri: uri, framework: 'any', memory } };
    });
    this.#writes += 1;
    const folder = `..2026_11_22_${this.#writes}`;
    mkdirSync(join(this.#configDir, folder));
    writeFileSync(join(this.#configDir, folder, 'models.json'), JSON.stringify(entries));
    symlinkSync(folder, join(this.#configDir, '..data_tmp'));
    renameSync(join(this.#configDir, '..data_tmp'), join(this.#configDir, '..data'));
    const place = join(this.#configDir, 'models.json');
    if (!existsSync(place)) symlinkSync('..data/models.json', place);
    rmSync(join(this.#configDir, `..2026_11_22_${this.#writes - 1}`), { recursive: true, force: true });
  }

  async report(): Promise<ModelsReport> {
    const answer = await fetch(`http://127.0.0.1:${this.#opsPort}/models`);
    return (await answer.json()) as ModelsReport;
  }

  async model(name: string): Promise<ModelReport | undefined> {
    return (await this.report()).list.find((model) => model.name === name);
  }

  /** Status of the agent's /readyz; null: no answer. */
  async readiness(): Promise<number | null> {
    return fetch(`http://127.0.0.1:${this.#opsPort}/readyz`).then(
      ({ status }) => status,
      () => null,
    );
  }

  /** Of this agent process: how many models it has pulled and loaded. */
  async counts(): Promise<{ readonly pulls: number; readonly loads: number }> {
    const text = await (await fetch(`http://127.0.0.1:${this.#opsPort}/metrics`)).text();
    const sum = (name: string): number =>
      [...text.matchAll(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'gm'))].reduce((all, [, n]) => all + Number(n), 0);
    return { pulls: sum('outrigger_model_pulls_total'), loads: sum('outrigger_model_loads_total') };
  }

  /** What lies in the model folder under this name: its link, or versions. */
  filesOf(name: string): string[] {
    const versions = join(this.modelDir, '.outrigger', name);
    const links = readdirSync(this.modelDir).filter((entry) => entry === name);
    return [...links, ...(existsSync(versions) ? readdirSync(versions) : [])];
  }

  /** @throws with `what`, how the models are, and the agent's last words when it is not so in time */
  async until(what: string, claim: () => Promise<boolean> | boolean): Promise<void> {
    const lastMs = performance.now() + patienceMs;
    while (!(await claim())) {
      if (performance.now() > lastMs) {
        const report = await this.report().catch((error: unknown) => `${error}`);
        throw new Error(`not within ${patienceMs} ms: ${what}\n${JSON.stringify(report)}\n${this.#agent?.logTail()}`);
      }
      await wait(pollMs);
    }
  }

  async untilReady(): Promise<void> {
    await this.until('the agent is ready', async () => (await this.readiness()) === 200);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killAgent();
    await this.#runtime?.program.stop();
  }
}

function modelDirOf(folder: string): string {
  return join(folder, 'models');
}
