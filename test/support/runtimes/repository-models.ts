// The models of the stub runtime: what it read of their folders, and the states that Triton gives them (runtimes.md 3, protocol.md 5.1).
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export interface ModelTimes {
  /** From the first file that a load reads to the last. */
  loadMs: number;
  /** From the order to unload, or the last request if that ends later, to the end of the model. */
  unloadMs: number;
}

interface Held {
  readonly value: string;
  /** Where the link led when it was loaded. */
  readonly dir: string;
  readonly newestNs: bigint;
  inFlight: number;
  state: 'READY' | 'UNLOADING';
}

/** Words and status of a refusal. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, words: string) {
    super(words);
    this.status = status;
  }
}

export class RepositoryModels {
  /** Names of those whose folder was gone when they were unloaded. */
  readonly lost: string[] = [];
  readonly #folder: string;
  readonly #times: ModelTimes;
  readonly #held = new Map<string, Held>();
  readonly #loading = new Map<string, number>(); // loads under way
  /** Of a model one order after the other, as Triton has it: an order of a client that died does not overtake a later one. */
  readonly #orders = new Map<string, Promise<void>>();
  readonly #unloaded = new Set<string>();
  #peak = 0;

  constructor(folder: string, times: ModelTimes) {
    this.#folder = folder;
    this.#times = times;
  }

  /** Sorted. */
  get loaded(): string[] {
    return [...this.#held].flatMap(([name, { state }]) => (state === 'READY' ? [name] : [])).sort();
  }

  /** The most models in memory at once: loading, loaded and unloading ones. */
  get peak(): number {
    return this.#peak;
  }

  /** Where the files of those that serve lie. */
  get folders(): ReadonlyMap<string, string> {
    const ready = [...this.#held].filter(([, { state }]) => state === 'READY');
    return new Map(ready.map(([name, { dir }]) => [name, dir]));
  }

  get unloading(): boolean {
    return [...this.#held.values()].some(({ state }) => state === 'UNLOADING');
  }

  /** Those that serve; of others undefined. */
  serving(name: string): Held | undefined {
    const held = this.#held.get(name);
    return held?.state === 'READY' ? held : undefined;
  }

  knows(name: string): boolean {
    return this.#held.has(name) || this.#unloaded.has(name);
  }

  /** Like Triton it takes files that are not newer than those it has for unchanged. @throws Refused, and keeps the old model */
  async load(name: string): Promise<void> {
    this.#loading.set(name, (this.#loading.get(name) ?? 0) + 1);
    this.#peak = Math.max(this.#peak, new Set([...this.#held.keys(), ...this.#loading.keys()]).size);
    try {
      await this.#inTurn(name, () => this.#load(name));
    } finally {
      const left = (this.#loading.get(name) as number) - 1;
      if (left === 0) this.#loading.delete(name);
      else this.#loading.set(name, left);
    }
  }

  /** What is in flight goes on, and the model is gone after it. Unknown ones are no fault. */
  async unload(name: string): Promise<void> {
    await this.#inTurn(name, async () => {
      const held = this.serving(name);
      if (held === undefined) return;
      if (!existsSync(held.dir)) this.lost.push(name);
      held.state = 'UNLOADING';
      void this.#endOf(name, held);
    });
  }

  async #inTurn(name: string, act: () => Promise<void>): Promise<void> {
    const before = this.#orders.get(name) ?? Promise.resolve();
    const turn = before.then(act);
    const ended = turn
      .catch(() => undefined)
      .then(() => void (this.#orders.get(name) === ended && this.#orders.delete(name)));
    this.#orders.set(name, ended);
    await turn;
  }

  async #load(name: string): Promise<void> {
    const dir = await realpath(join(this.#folder, name)).catch(() => {
      throw new Refused(500, `failed to load '${name}', failed to poll from model repository`);
    });
    const newestNs = await newestOf(dir);
    const before = this.serving(name);
    if (before !== undefined && newestNs <= before.newestNs) return;
    const value = await readValue(name, dir);
    await wait(this.#times.loadMs);
    await checkParts(name, dir);
    if ((await readValue(name, dir)) !== value) throw new Refused(400, `load failed for model '${name}': it changed`);
    this.#unloaded.delete(name);
    this.#held.set(name, { value, dir, newestNs, inFlight: 0, state: 'READY' });
  }

  async #endOf(name: string, held: Held): Promise<void> {
    do await wait(this.#times.unloadMs);
    while (held.inFlight > 0);
    if (this.#held.get(name) !== held) return; // loaded again meanwhile
    this.#held.delete(name);
    this.#unloaded.add(name);
  }

  /** Whatever lies in the folder, and what is in memory. */
  async index(): Promise<object[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return [...new Set([...names, ...this.#held.keys()])].sort().map((name) => {
      const held = this.#held.get(name);
      if (held !== undefined) return { name, version: '1', state: held.state };
      if (this.#loading.has(name)) return { name, version: '1', state: 'LOADING' };
      return this.#unloaded.has(name) ? { name, version: '1', state: 'UNAVAILABLE', reason: 'unloaded' } : { name };
    });
  }
}

async function readValue(name: string, dir: string): Promise<string> {
  return readFile(join(dir, 'value.txt'), 'utf8').catch(() => {
    throw new Refused(500, `failed to load '${name}', no version is available`);
  });
}

/** `parts.txt`, where there is one, has lines of sha256sum: nothing may be missing or torn. */
async function checkParts(name: string, dir: string): Promise<void> {
  const list = await readFile(join(dir, 'parts.txt'), 'utf8').catch(() => '');
  for (const line of list.split('\n').filter((each) => each !== '')) {
    const [sum, path] = line.split(/ +/) as [string, string];
    const content = await readFile(join(dir, path)).catch(() => null);
    if (content === null || createHash('sha256').update(content).digest('hex') !== sum) {
      throw new Refused(
        400,
        `load failed for model '${name}': version 1 is at UNAVAILABLE state: ${path} is not whole`,
      );
    }
  }
}

/** Of files and folders under `dir`, but for the configuration; 0: there are none. Seen so with Triton 2.51. */
async function newestOf(dir: string): Promise<bigint> {
  const paths = (await readdir(dir, { recursive: true })).filter((path) => path !== 'config.pbtxt');
  const times = await Promise.all(paths.map(async (path) => (await stat(join(dir, path), { bigint: true })).mtimeNs));
  return times.reduce((newest, time) => (time > newest ? time : newest), 0n);
}
