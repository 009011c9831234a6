// The built agent with a models.json that never rests, killed at any moment: what must never be is watched all the while.
import { existsSync, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { markerOf, versionIdOf } from '../../../src/puller/model-dir/layout.ts';
import { type Alter, type S3Request, testAccount } from '../stores/s3-server.ts';
import { isBody } from '../stores/store-faults.ts';
import { AgentHome, ServedModelsClient, specOf, until } from './agent-home.ts';
import { LateReaders } from './late-readers.ts';

export interface KillsOptions {
  readonly program: string;
  readonly random: () => number;
  /** On top of what the store answers. */
  readonly fault?: Alter;
}

/** What happened after so many of these, and a moment later: the agent dies. `time`: at any time. */
const moments = ['get', 'load', 'unload', 'trash', 'draft', 'time'] as const;
export type Moment = (typeof moments)[number];

const names = Array.from({ length: 10 }, (_, nth) => `m${nth}`);
const versions = ['A', 'B', 'C'];
/** Is never removed, so that readers of it always find one. */
const kept = 'm0';
/** The last one of three pulls is of many bytes. */
const partBytes = [20_000, 300, 150_000];

export class KilledAgents implements AsyncDisposable {
  readonly home: AgentHome;
  /** What must never be. */
  readonly problems: string[] = [];
  /** How the agent died, and how often. */
  readonly deaths = new Map<string, number>();
  readonly #random: () => number;
  readonly #watcher: NodeJS.Timeout;
  readonly #readers: LateReaders;
  #wanted: Record<string, string> = { [kept]: `${kept}/A` };
  #happened: (moment: Moment) => void = () => undefined;
  #seenCalls = 0;

  private constructor(home: AgentHome, random: () => number) {
    this.home = home;
    this.#random = random;
    for (const name of names)
      for (const version of versions) home.put(`${name}/${version}`, `${version} ${name}`, partBytes);
    this.#watcher = setInterval(() => this.#look(), 2);
    const files = ['value.txt', ...partBytes.map((_, nth) => `1/part-${nth}.bin`)];
    const link = join(home.modelDir, kept);
    this.#readers = new LateReaders({ link, files, maxLateMs: 3_000, everyMs: 20, random });
  }

  static async open({ program, random, fault }: KillsOptions): Promise<KilledAgents> {
    const alter: Alter = (request, answer, response) => {
      if (isBody(request) && answer.status < 300) killed.#heard(request);
      // Slow enough to be killed in the middle of it.
      const rest = fault === undefined ? answer : fault(request, answer, response);
      if (rest === null || !isBody(request)) return rest;
      setTimeout(() => {
        response.writeHead(rest.status, { ...rest.headers, 'content-length': String(rest.body.length) });
        response.end(rest.body);
      }, random() * 15);
      return null;
    };
    const home = await AgentHome.open({ program, alter, loadMs: 15 });
    const killed = new KilledAgents(home, random);
    return killed;
  }

  /** One life under changes without end, and its death. */
  async liveAndDie(): Promise<void> {
    const moment = moments[this.#below(moments.length)] as Moment;
    const laterMs = this.#random() * 25;
    let left = 1 + this.#below(moment === 'get' ? 30 : 8);
    const agent = this.home.start();
    const died = Promise.withResolvers<void>();
    const kill = (how: string): void => {
      if (left < 0) return;
      left = -1;
      setTimeout(() => {
        agent.signal('SIGKILL');
        this.deaths.set(how, (this.deaths.get(how) ?? 0) + 1);
        died.resolve();
      }, laterMs);
    };
    this.#happened = (each) => {
      if (each !== moment || left < 0) return;
      left -= 1;
      if (left === 0) kill(moment);
    };
    const latest = setTimeout(() => kill('time'), moment === 'time' ? this.#random() * 1_500 : 2_500);
    const watched = ['.trash', '.drafts'].flatMap((folder) => this.#watchFolder(folder));
    let alive = true;
    void died.promise.then(() => {
      alive = false;
    });
    while (alive) {
      this.change();
      await Promise.race([wait(this.#random() < 0.3 ? this.#random() * 1_000 : this.#random() * 60), died.promise]);
    }
    clearTimeout(latest);
    for (const each of watched) each.close();
    this.#happened = () => undefined;
    await agent.ended;
    this.#look();
    if (this.#random() < 0.1) await this.home.runtime.restart();
    if (this.#random() < 0.5) this.change();
  }

  /** Some models come, go, or change. */
  change(): void {
    const wanted = { ...this.#wanted };
    for (let changes = 1 + this.#below(4); changes > 0; changes -= 1) {
      const name = names[this.#below(names.length)] as string;
      if (this.#random() < 0.3 && name !== kept) delete wanted[name];
      else wanted[name] = `${name}/${versions[this.#below(versions.length)]}`;
    }
    this.#wanted = wanted;
    this.home.want(wanted);
  }

  /** Lives on in peace, until all is as it was wanted last; then once more from the start. Milliseconds to ready of that one. */
  async settle(): Promise<number> {
    {
      await using agent = this.home.start();
      const client = await ServedModelsClient.of(agent);
      await until('all models as they were wanted last', () => this.#isSettled(client), { everyMs: 100 }).catch(
        async (error) => {
          this.problems.push(`${error}: ${JSON.stringify(await client.status())}`);
        },
      );
      agent.signal('SIGKILL');
      await agent.ended;
    }
    const before = this.#fetches();
    const startedMs = performance.now();
    await using agent = this.home.start();
    const client = await ServedModelsClient.of(agent);
    await until('ready', () => client.isReady());
    const tookMs = performance.now() - startedMs;
    if (!(await this.#isSettled(client))) this.problems.push('not all is as before after the last start');
    if (this.#fetches() > before)
      this.problems.push(`${this.#fetches() - before} objects were fetched by the last start`);
    this.problems.push(...this.#readers.problems);
    if (this.#readers.reads === 0) this.problems.push('nobody has read a model');
    return tookMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#watcher);
    this.#readers[Symbol.dispose]();
    await this.home[Symbol.asyncDispose]();
  }

  async #isSettled(client: ServedModelsClient): Promise<boolean> {
    const wanted = Object.entries(this.#wanted).sort();
    for (const [name, key] of wanted) if ((await client.ask(name)) !== key.split('/').reverse().join(' ')) return false;
    const is = (found: readonly string[], expected: readonly string[]) =>
      `${[...found].sort()}` === `${[...expected].sort()}`;
    const wantedNames = wanted.map(([name]) => name);
    const { home } = this;
    if (!is(home.runtime.loadedNames, wantedNames) || !is(home.leftIn(), wantedNames)) return false;
    if (
      !is(
        readdirSync(home.modelDir).filter((name) => name !== '.outrigger'),
        wantedNames,
      )
    )
      return false;
    if (['.trash', '.drafts', '.aside'].some((folder) => home.leftIn(folder).length > 0)) return false;
    return wanted.every(([name, key]) => is(home.leftIn(name), [versionIdOf(specOf(key))]));
  }

  #fetches(): number {
    return this.home.store.requests.filter(isBody).length;
  }

  /** No object of a version is asked for that is complete. */
  #heard({ key, account }: S3Request): void {
    this.#happened('get');
    const [name = '', version = ''] = key.split('/');
    const id = versionIdOf(specOf(`${name}/${version}`));
    const marker = join(this.home.modelDir, '.outrigger', name, id, markerOf(id));
    if (account?.accessKeyId === testAccount.accessKeyId && existsSync(marker))
      this.problems.push(`${key} was fetched again`);
  }

  /** What the runtime serves lies where it was; it refused nothing for being half. */
  #look(): void {
    const { runtime } = this.home;
    for (const [name, folder] of runtime.loadedFolders) {
      if (!existsSync(folder)) this.problems.push(`the files of ${name} went while it was loaded: ${folder}`);
    }
    for (const name of runtime.lostNames) this.problems.push(`the files of ${name} went before it was unloaded`);
    for (const refusal of runtime.refusals.splice(0)) this.problems.push(refusal);
    const calls = runtime.calls.slice(this.#seenCalls);
    this.#seenCalls = runtime.calls.length;
    for (const call of calls) {
      if (call.startsWith('load ')) this.#happened('load');
      else if (call.startsWith('unload ')) this.#happened('unload');
    }
  }

  #watchFolder(folder: string) {
    const path = join(this.home.modelDir, '.outrigger', folder);
    const moment = folder === '.trash' ? 'trash' : 'draft';
    return existsSync(path) ? [watch(path, () => this.#happened(moment))] : [];
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}
