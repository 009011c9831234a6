// How does a service of deploy/compose run without a container: its own command, with ports and paths of this machine?
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { basicEnvironment, Program } from '../../real/program.ts';
import { freePorts } from '../free-ports.ts';
import { type ComposeFile, composeFolder, portsInNetwork, reachable, type Service, serviceOf } from './compose-file.ts';

const startLimitMs = 60_000;
const jobLimitMs = 120_000;

export interface LocalRun {
  /** In place of the first word of the command; default: that word, looked for on PATH. */
  readonly command?: string;
  /** In front of the words of the command, and behind them. */
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Folders of this machine in place of those that are mounted: `./configs` -> another. */
  readonly mounts?: Readonly<Record<string, string>>;
}

export class LocalServices {
  readonly #file: ComposeFile;
  readonly #folder: string;
  readonly #ports: ReadonlyMap<string, string>;

  private constructor(file: ComposeFile, folder: string, ports: ReadonlyMap<string, string>) {
    this.#file = file;
    this.#folder = folder;
    this.#ports = ports;
    for (const volume of Object.keys(file.volumes)) mkdirSync(join(folder, volume));
  }

  /** `folder`: an empty one, for volumes and logs. */
  static async place(file: ComposeFile, folder: string): Promise<LocalServices> {
    const ports = [...new Set(Object.keys(file.services).flatMap((name) => portsInNetwork(file, name)))];
    const free = await freePorts(ports.length);
    return new LocalServices(file, folder, new Map(ports.map((port, nth) => [String(port), String(free[nth])])));
  }

  /** Of this machine, for a port of the file. @throws where the file has none */
  port(port: number): number {
    const free = this.#ports.get(String(port));
    if (free === undefined) throw new Error(`nobody listens at ${port}`);
    return Number(free);
  }

  /** The same text with hosts and ports of this machine; a port alone is one behind `=` or `:`. */
  localText(text: string): string {
    const hosts = [...new Set(reachable(this.#file).map((place) => place.split(':')[0]))].join('|');
    return text
      .replaceAll(new RegExp(`(?<=//(?:[\\w-]+:[\\w-]+@)?|")(?:${hosts})(?=:\\d)`, 'g'), '127.0.0.1')
      .replaceAll(/(?<=[:=])\d{4}\b/g, (port) => this.#ports.get(port) ?? port)
      .replaceAll(/=:(?=\d)/g, '=127.0.0.1:');
  }

  volume(name: string): string {
    return join(this.#folder, name);
  }

  /** Starts it, and waits for what its health check asks. */
  async start(name: string, run: LocalRun = {}): Promise<Program> {
    const service = serviceOf(this.#file, name);
    const program = this.#start(name, run);
    const url = /http:[^'"\s]+/.exec(service.healthcheck?.test.join(' ') ?? '')?.[0];
    if (url !== undefined) await program.ready(this.localText(url), startLimitMs);
    return program;
  }

  #start(name: string, run: LocalRun): Program {
    return new Program({ name, ...this.#commandOf(name, run), logFolder: this.#folder });
  }

  /** What it has printed, and its exit code; null: it took too long. */
  runToEnd(name: string, run: LocalRun = {}): { readonly code: number | null; readonly output: string } {
    const { command, args, env } = this.#commandOf(name, run);
    const options = { env: { ...basicEnvironment(), ...env }, encoding: 'utf8', timeout: jobLimitMs } as const;
    const { status, stdout, stderr } = spawnSync(command, args, options);
    return { code: status, output: `${stdout}${stderr}` };
  }

  #commandOf(name: string, { command, before = [], after = [], env = {}, mounts = {} }: LocalRun) {
    const service = serviceOf(this.#file, name);
    const words = [...(service.entrypoint ?? []), ...(service.command ?? [])];
    // A command that is all flags goes to the program that its image starts.
    const [first = '', ...rest] = words[0]?.startsWith('-') ? ['', ...words] : words;
    const local = (text: string): string => this.localText(this.#localPaths(text, service, mounts));
    const given = Object.entries(service.environment ?? {}).map(([key, value]) => [key, local(value)]);
    return {
      command: command ?? first,
      args: [...before, ...rest.map(local), ...after],
      env: { ...Object.fromEntries(given), ...env } as Readonly<Record<string, string>>,
    };
  }

  #localPaths(text: string, { volumes = [] }: Service, mounts: Readonly<Record<string, string>>): string {
    return volumes.reduce((replaced, volume) => {
      const [source, target] = volume.split(':') as [string, string];
      const folder = mounts[source] ?? join(source.startsWith('.') ? composeFolder : this.#folder, source);
      return replaced.replaceAll(new RegExp(`(?<!\\w)${target}(?=/|\\s|$)`, 'g'), folder);
    }, text);
  }
}
