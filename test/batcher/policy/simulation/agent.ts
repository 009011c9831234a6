// The agent in simulated time: a queue that drives a policy as the real one does, on one thread, with the same rules of when to ask.
import { type FlushReason, fits, type ReleasePolicy } from '../../../../src/batcher/policy/release-policy.ts';
import type { EventLoop } from './event-loop.ts';
import type { SimulatedRuntime } from './runtime.ts';

export interface SimulatedRequest<Source> {
  readonly source: Source;
  readonly rows: number;
  readonly arrivedMs: number;
  answer(atMs: number, ok: boolean): void;
}

export interface SentBatch {
  readonly atMs: number;
  readonly rows: number;
  readonly requests: number;
  readonly reason: FlushReason;
  /** How long its oldest request could have gone: since the later of its arrival and the last answer. */
  readonly heldMs: number;
  readonly turn: number;
  readonly inFlight: number; // before it
}

export interface Costs {
  /** Cross-core wake-ups of a whole cycle, client to client. */
  readonly hopsMs: number;
  /** Of the agent's thread for one request: half to read it, half to answer it. */
  readonly requestMs: number;
  /** Of the agent's thread for one call. */
  readonly callMs?: number;
}

/** Timers have a resolution of 1 ms. */
const timerAtLeastMs = 1;

export class SimulatedAgent<Source> {
  readonly #loop: EventLoop;
  readonly #runtime: SimulatedRuntime;
  readonly #costs: Costs;
  readonly policy: ReleasePolicy<Source>;
  maxRows: number;
  #queue: SimulatedRequest<Source>[] = [];
  #first = 0;
  #rows = 0;
  #inFlight = 0;
  #lastAnswerMs = 0;
  #askPlanned = false;
  #timerMs = Number.POSITIVE_INFINITY;
  onSent: (batch: SentBatch) => void = () => undefined;
  /** After whatever the policy was told. */
  check: () => void = () => undefined;
  /** When it had said all that it says now. */
  asked: (waitingRows: number) => void = () => undefined;

  constructor(options: {
    readonly loop: EventLoop;
    readonly runtime: SimulatedRuntime;
    readonly costs: Costs;
    readonly policy: ReleasePolicy<Source>;
    readonly maxRows: number;
  }) {
    this.#loop = options.loop;
    this.#runtime = options.runtime;
    this.#costs = options.costs;
    this.policy = options.policy;
    this.maxRows = options.maxRows;
  }

  get hopMs(): number {
    return this.#costs.hopsMs / 4;
  }

  get waitingRows(): number {
    return this.#rows;
  }

  /** A client sends at `atMs`. */
  receive(atMs: number, source: Source, rows: number, answer: SimulatedRequest<Source>['answer']): void {
    this.#loop.read(atMs + this.hopMs, this.#costs.requestMs / 2, () => {
      const request = { source, rows, arrivedMs: this.#loop.nowMs, answer };
      this.#queue.push(request);
      this.#rows += rows;
      this.policy.arrived(this.#loop.nowMs, source, rows);
      this.check();
      if (this.#rows >= this.maxRows) this.#ask();
      else this.#askSoon();
    });
  }

  /** The client of a request that still waits leaves; false: it was sent already. */
  leave(source: Source): boolean {
    const at = this.#queue.findIndex((request, i) => i >= this.#first && request.source === source);
    this.policy.closeSource(source);
    if (at < 0) {
      this.check();
      return false;
    }
    const [request] = this.#queue.splice(at, 1) as [SimulatedRequest<Source>];
    this.#rows -= request.rows;
    this.policy.withdrawn(this.#loop.nowMs, request.rows, this.#oldestMs());
    this.check();
    this.#askSoon();
    return true;
  }

  #askSoon(): void {
    if (this.#askPlanned) return;
    this.#askPlanned = true;
    this.#loop.immediate(() => {
      this.#askPlanned = false;
      this.#ask();
    });
  }

  #oldestMs(): number | null {
    return this.#queue[this.#first]?.arrivedMs ?? null;
  }

  #ask(): void {
    for (;;) {
      const release = this.policy.decide(this.#loop.nowMs, false);
      this.check();
      if (release.rows === 0) break;
      this.#send(release.rows, release.targetRows, release.reason);
    }
    this.asked(this.#rows);
    const { wakeMs } = this.policy;
    if (wakeMs >= this.#timerMs - 0.5) return;
    this.#timerMs = Math.max(wakeMs, this.#loop.nowMs + timerAtLeastMs);
    const mine = this.#timerMs;
    this.#loop.read(mine, 0, () => {
      if (this.#timerMs !== mine) return;
      this.#timerMs = Number.POSITIVE_INFINITY;
      this.#askSoon();
    });
  }

  #send(maxRows: number, targetRows: number, reason: FlushReason): void {
    const members: SimulatedRequest<Source>[] = [];
    let taken = 0;
    for (let next = this.#queue[this.#first]; next !== undefined; next = this.#queue[this.#first]) {
      if (!fits({ taken, next: next.rows, maxRows, targetRows })) break;
      members.push(next);
      taken += next.rows;
      this.#first++;
    }
    if (this.#first > 1000) this.#queue = this.#queue.slice(this.#first);
    if (this.#first > 1000) this.#first = 0;
    this.#rows -= taken;
    this.#loop.work(this.#costs.callMs ?? 0);
    const nowMs = this.#loop.nowMs;
    const heldMs = nowMs - Math.max((members[0] as SimulatedRequest<Source>).arrivedMs, this.#lastAnswerMs);
    const { turn } = this.#loop;
    this.onSent({ atMs: nowMs, rows: taken, requests: members.length, reason, heldMs, turn, inFlight: this.#inFlight });
    const flight = this.policy.sent(nowMs, taken, this.#oldestMs());
    this.check();
    this.#inFlight++;
    this.#runtime.run(nowMs + this.hopMs, taken, (doneMs, ok) => {
      this.#loop.read(doneMs + this.hopMs, 0, () => {
        this.#inFlight--;
        this.#lastAnswerMs = this.#loop.nowMs;
        this.policy.answered(this.#loop.nowMs, flight, members, ok);
        this.check();
        this.#ask();
        for (const member of members) {
          this.#loop.work(this.#costs.requestMs / 2);
          member.answer(this.#loop.nowMs + this.hopMs, ok);
        }
      });
    });
  }
}
