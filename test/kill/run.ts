// So many deaths at once on one rig, among bystanders that go on with their exchanges; and what stays behind when all are over.
import type { SocketWay } from '../../src/lanes/socket/accept-socket.ts';
import { seededRandom } from '../support/random.ts';
import { type LaneRig, openLaneRig } from './lane-rig.ts';

export interface KillRun {
  readonly way: SocketWay;
  readonly seed: number;
  /** More than there are cases: they come again. */
  readonly rounds: number;
  readonly slots: number;
  readonly bystanders: number;
  readonly patienceMs: number;
  /** Called so often, with nobody on the rig, and once at the end. */
  readonly everyRounds?: number;
  onQuiet?(state: QuietState): Promise<void>;
}

export interface QuietState {
  readonly rounds: number;
  readonly problems: number;
  /** Connections between lane and runtime that lie idle. */
  readonly idle: number;
  readonly lostBuffers: number;
}

export interface KillReport {
  readonly problems: readonly string[];
  readonly rounds: number;
  readonly echoes: number;
  /** Streamed bodies that met a connection which had just ended. */
  readonly stale: number;
}

export interface Place {
  readonly port: number;
  /** Whoever waits longer hangs. */
  readonly patienceMs: number;
}

/** What is killed, and who stands by. Each problem is a sentence; null: all was as it should be. */
export interface Ground<Case> {
  readonly runtime: { listen(): Promise<number>; close(): void; readonly problems: readonly string[] };
  cases(random: () => number): Case[];
  describe(kill: Case): string;
  round(place: Place, id: number, kill: Case): Promise<string | null>;
  bystander(place: Place): Bystander;
}

export interface Bystander {
  /** 'stale' is no problem of the agent's, but counted. */
  exchange(id: number, random: () => number): Promise<string | null>;
  close(): void;
}

export async function runKills<Case>(run: KillRun, ground: Ground<Case>): Promise<KillReport> {
  const rig = await openLaneRig(await ground.runtime.listen(), run.way);
  try {
    return await new Kills(run, ground, rig).run();
  } finally {
    await rig[Symbol.asyncDispose]();
    ground.runtime.close();
  }
}

class Kills<Case> {
  readonly #run: KillRun;
  readonly #ground: Ground<Case>;
  readonly #rig: LaneRig;
  readonly #place: Place;
  readonly #random: () => number;
  readonly #problems: string[] = [];
  #lastId = 0;
  #echoes = 0;
  #stale = 0;

  constructor(run: KillRun, ground: Ground<Case>, rig: LaneRig) {
    this.#run = run;
    this.#ground = ground;
    this.#rig = rig;
    this.#place = { port: rig.port, patienceMs: run.patienceMs };
    this.#random = seededRandom(run.seed);
  }

  async run(): Promise<KillReport> {
    const { rounds, everyRounds = rounds } = this.#run;
    const cases = shuffled(this.#ground.cases(this.#random), this.#random);
    for (let done = 0; done < rounds; ) {
      const until = Math.min(rounds, done + everyRounds);
      await this.#some(Array.from({ length: until - done }, (_, at) => cases[(done + at) % cases.length] as Case));
      done = until;
      await this.#look(done);
    }
    this.#problems.push(...this.#ground.runtime.problems, ...this.#rig.complaints);
    return { problems: this.#problems, rounds, echoes: this.#echoes, stale: this.#stale };
  }

  async #some(cases: Case[]): Promise<void> {
    const { slots, bystanders } = this.#run;
    let over = false;
    const slot = async (): Promise<void> => {
      for (let kill = cases.pop(); kill !== undefined; kill = cases.pop()) {
        const problem = await this.#ground.round(this.#place, this.#nextId(), kill);
        if (problem !== null) this.#problems.push(`${this.#ground.describe(kill)}: ${problem}`);
      }
    };
    const others = Array.from({ length: bystanders }, () => this.#bystand(() => over));
    await Promise.all(Array.from({ length: slots }, slot));
    over = true;
    await Promise.all(others);
  }

  async #bystand(over: () => boolean): Promise<void> {
    const bystander = this.#ground.bystander(this.#place);
    while (!over()) {
      const problem = await bystander.exchange(this.#nextId(), this.#random);
      this.#echoes += 1;
      if (problem === 'stale') this.#stale += 1;
      else if (problem !== null) this.#problems.push(problem);
      if (problem !== null) bystander.close();
    }
    bystander.close();
  }

  /** Nobody is there any more: nothing may be left but idle connections to the runtime. */
  async #look(rounds: number): Promise<void> {
    const { metrics, buffers } = this.#rig;
    try {
      await this.#rig.quiet();
    } catch (error) {
      this.#problems.push(String(error));
    }
    const idle = metrics.upstreamConnections.idle.value;
    await this.#run.onQuiet?.({ rounds, problems: this.#problems.length, idle, lostBuffers: buffers.lost });
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}

function shuffled<Item>(items: Item[], random: () => number): Item[] {
  for (let at = items.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [items[at], items[other]] = [items[other] as Item, items[at] as Item];
  }
  return items;
}
