// A load, a runtime and a policy, run for so long in simulated time; and what came of it.
import type { ReleasePolicy } from '../../../../src/batcher/policy/release-policy.ts';
import { seededRandom } from '../../../support/random.ts';
import { type Costs, type SentBatch, SimulatedAgent } from './agent.ts';
import { EventLoop } from './event-loop.ts';
import { SimulatedRuntime } from './runtime.ts';
import { Timeline } from './timeline.ts';

/** As measured in the harness: cross-core wake-ups, and 22 us of the agent's thread for each request. */
const measuredCosts: Costs = { hopsMs: 0.28, requestMs: 0.022 };

export interface RuntimeOptions {
  readonly overheadMs: number;
  readonly rowMs: number;
  readonly slots: number;
  /** Such a share of the batches takes three times as long. */
  readonly slowShare?: number;
  readonly failedShare?: number;
  /** Each time is times e^x, x normal with such a deviation. */
  readonly noise?: number;
  /** The first calls are so many times slower, the less the later: at the n-th, 1/e of it is left. */
  readonly cold?: { readonly factor: number; readonly calls: number };
  /** All calls are worked on at once, by as many processors as there are slots. */
  readonly shared?: boolean;
}

export interface ScenarioOptions<Source> {
  readonly policy: ReleasePolicy<Source>;
  readonly maxRows: number;
  readonly runtime: RuntimeOptions;
  readonly costs?: Costs;
  readonly seed?: number;
}

export interface Answer {
  readonly atMs: number;
  readonly tookMs: number; // as the client sees it
  readonly rows: number;
}

export class Scenario<Source> {
  readonly timeline = new Timeline();
  readonly agent: SimulatedAgent<Source>;
  readonly runtime: SimulatedRuntime;
  readonly random: () => number;
  readonly answers: Answer[] = [];
  readonly batches: SentBatch[] = [];
  slowFactor = 1;
  #calls = 0;
  readonly #loop = new EventLoop(this.timeline);

  constructor(options: ScenarioOptions<Source>) {
    const { policy, maxRows, costs = measuredCosts } = options;
    const { overheadMs, rowMs, slots, failedShare = 0, shared = false } = options.runtime;
    this.random = seededRandom(options.seed ?? 1);
    this.runtime = new SimulatedRuntime({
      timeline: this.timeline,
      slots,
      shared,
      timeMs: (rows) => (overheadMs + rowMs * rows) * this.#factor(options.runtime),
      fails: () => this.random() < failedShare,
    });
    this.agent = new SimulatedAgent({ loop: this.#loop, runtime: this.runtime, costs, policy, maxRows });
    this.agent.onSent = (batch) => this.batches.push(batch);
  }

  /** So many times slower than always is one call. */
  #factor({ slowShare = 0, noise = 0, cold }: RuntimeOptions): number {
    const slow = this.slowFactor * (this.random() < slowShare ? 3 : 1);
    const noisy = noise === 0 ? 1 : Math.exp(noise * this.#normal());
    const warming = cold === undefined ? 0 : (cold.factor - 1) * Math.exp(-this.#calls++ / cold.calls);
    return slow * noisy * (1 + warming);
  }

  #normal(): number {
    return Math.sqrt(2 * this.exponential(1)) * Math.cos(2 * Math.PI * this.random());
  }

  /** The thread of the agent stands still now and then, for 1 to 3 ms. */
  stalls(eachMs: number): void {
    const nextMs = this.timeline.nowMs + this.exponential(eachMs);
    this.#loop.read(nextMs, 1 + 2 * this.random(), () => undefined);
    this.timeline.at(nextMs, () => this.stalls(eachMs));
  }

  exponential(meanMs: number): number {
    return -Math.log(1 - this.random()) * meanMs;
  }

  /** One request over the connection of `source`. */
  request(atMs: number, source: Source, rows: number, done: (atMs: number, ok: boolean) => void): void {
    this.agent.receive(atMs, source, rows, (doneMs, ok) => {
      this.answers.push({ atMs: doneMs, tookMs: doneMs - atMs, rows });
      done(doneMs, ok);
    });
  }

  /** A closed loop: sends again `thinkMs` after each answer, until `untilMs`. */
  client(
    options: {
      readonly fromMs?: number;
      readonly untilMs?: number;
      readonly thinkMs?: () => number;
      readonly rows?: () => number;
    } = {},
  ): void {
    const { fromMs = 0, untilMs = Number.POSITIVE_INFINITY, thinkMs = () => 0, rows = () => 1 } = options;
    const source = this.agent.policy.openSource();
    const next = (atMs: number): void => {
      const sendMs = atMs + thinkMs();
      if (sendMs >= untilMs) this.timeline.at(untilMs, () => this.agent.policy.closeSource(source));
      else this.timeline.at(sendMs, () => this.request(sendMs, source, rows(), next));
    };
    this.timeline.at(fromMs, () => next(fromMs));
  }

  /** An open loop over a pool of connections: the one that is free the longest, or (lifo) the one that was just answered. */
  poisson(options: {
    readonly perMs: number;
    readonly untilMs: number;
    readonly lifo?: boolean;
    readonly burst?: number;
  }): void {
    const { perMs, untilMs, lifo = false, burst = 1 } = options;
    const idle: Source[] = [];
    const arrive = (): void => {
      for (let i = 0; i < burst; i++) {
        const source = (lifo ? idle.pop() : idle.shift()) ?? this.agent.policy.openSource();
        const nowMs = this.timeline.nowMs;
        this.request(nowMs, source, 1, (doneMs) => this.timeline.at(doneMs, () => idle.push(source)));
      }
      const nextMs = this.timeline.nowMs + this.exponential(burst / perMs);
      if (nextMs < untilMs) this.timeline.at(nextMs, arrive);
    };
    this.timeline.at(this.exponential(burst / perMs), arrive);
  }

  run(untilMs: number): this {
    this.timeline.runUntil(untilMs);
    return this;
  }

  /** Rows answered in a millisecond, between the two times. */
  rate(fromMs: number, toMs: number): number {
    let rows = 0;
    for (const answer of this.answers) if (answer.atMs >= fromMs && answer.atMs < toMs) rows += answer.rows;
    return rows / (toMs - fromMs);
  }

  meanMs(fromMs: number): number {
    const times = this.answers.filter(({ atMs }) => atMs >= fromMs).map(({ tookMs }) => tookMs);
    return times.reduce((sum, ms) => sum + ms, 0) / times.length;
  }
}
