// When does a stopping agent close its listener, and when is it done? A pure plan, and the little state that it needs.
import type { DrainConfig } from '../config/slices.ts';
import { InFlightList } from './in-flight.ts';

export type DrainState = 'serving' | 'draining' | 'closing';

export interface DrainFacts {
  readonly sinceSignalMs: number;
  readonly sinceLastRequestMs: number;
  readonly hurried: boolean; // a further signal came
}

/** Part of maxWaitMs that requests still have to finish after the listener was closed for lack of time. */
const finishShare = 0.4;
const maxFinishMs = 10_000;

/** Milliseconds until the listener may close; 0 = now. Each request restarts the quiet period (Knative's rule). */
export function planListenerClose(facts: DrainFacts, config: DrainConfig): number {
  if (facts.hurried) return 0;
  const { minWaitMs, quietPeriodMs, maxWaitMs } = config;
  const latest = maxWaitMs - Math.min(maxFinishMs, maxWaitMs * finishShare);
  const wanted = Math.max(minWaitMs - facts.sinceSignalMs, quietPeriodMs - facts.sinceLastRequestMs);
  return Math.max(0, Math.min(wanted, latest - facts.sinceSignalMs));
}

/** A request (or tunnel) that is being answered. */
export interface InFlight {
  /** Method and path without its query, for the log of what had to be cut. */
  describe(): string;
}

export interface DrainHooks {
  /** Kubernetes had its time: clients are asked to leave (Connection: close, GOAWAY). Called more than once. */
  askClientsToLeave(): void;
  /** No further connections; those that the kernel holds ready are taken first. */
  stopAccepting(): Promise<void>;
  /** Ends connections that carry nothing; those that sent a part of a request may go on. */
  endIdle(): Promise<void>;
  /** Resolves when no connection is left. */
  emptied(): Promise<void>;
  /** What is still in flight is broken off. */
  cut(): void;
}

/**
 * Requests that were on their way while the listener closed: so long every open connection is served as before, also idle
 * ones. Ending those at once would answer such a request by a reset.
 */
const arrivalMs = 200;
/** Clients that would come back on new connections at the moment when the port closes are kept on theirs for so long before. */
const settleMs = 200;
/** Longest wait for the rest of a request whose first bytes are here, when nothing else is in flight. */
const lastBytesMs = 500;

export class Drain {
  readonly #config: DrainConfig;
  readonly #inFlight = new InFlightList<InFlight>();
  #state: DrainState = 'serving';
  #lastRequestMs = performance.now();
  #lastEndMs = 0;
  #lastAnswers = false;
  #hurried = false;
  #cutNow = false;
  #wake: () => void = () => undefined; // ends the sleep of run()

  constructor(config: DrainConfig) {
    this.#config = config;
  }

  get state(): DrainState {
    return this.#state;
  }

  get draining(): boolean {
    return this.#state !== 'serving';
  }

  /** Answers should end their connections. */
  get lastAnswers(): boolean {
    return this.#lastAnswers;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** `nowMs`: of performance.now(), by who has asked it already. */
  exchangeBegan(exchange: InFlight, nowMs = performance.now()): void {
    this.#inFlight.add(exchange);
    this.#lastRequestMs = nowMs;
    if (this.#state === 'closing') this.#wake();
  }

  exchangeEnded(exchange: InFlight, nowMs = performance.now()): void {
    this.#inFlight.delete(exchange);
    this.#lastEndMs = nowMs;
    if (this.#state === 'closing') this.#wake();
  }

  /** A further signal: the listener closes at once and what is in flight may still finish. The next one cuts that too: true. */
  hurry(): boolean {
    if (this.#hurried) this.#cutNow = true;
    this.#hurried = true;
    this.#wake();
    return this.#cutNow;
  }

  /** From the signal to the end. Resolves with what had to be cut; empty = nothing was lost. */
  async run(hooks: DrainHooks): Promise<readonly string[]> {
    const beganMs = performance.now();
    const endsMs = beganMs + this.#config.maxWaitMs;
    this.#state = 'draining';
    await this.#untilListenerMayClose(beganMs, hooks);
    this.#state = 'closing';
    await this.#settle(endsMs);
    await hooks.stopAccepting();
    this.#askClientsToLeave(hooks);
    for (const partMs of [arrivalMs / 2, arrivalMs / 2]) {
      await this.#until(() => this.#cutNow, Math.min(performance.now() + partMs, endsMs));
      hooks.askClientsToLeave(); // those too that came since
    }
    await this.#finish(endsMs, hooks);
    const cut = [...this.#inFlight].map((exchange) => exchange.describe());
    if (cut.length > 0) hooks.cut();
    return cut;
  }

  async #untilListenerMayClose(beganMs: number, hooks: DrainHooks): Promise<void> {
    const asking = setTimeout(() => this.#askClientsToLeave(hooks), this.#config.minWaitMs);
    for (;;) {
      const nowMs = performance.now();
      const facts = {
        sinceSignalMs: nowMs - beganMs,
        sinceLastRequestMs: nowMs - this.#lastRequestMs,
        hurried: this.#hurried,
      };
      const waitMs = planListenerClose(facts, this.#config);
      if (waitMs <= 0) break;
      await this.#sleep(waitMs);
    }
    clearTimeout(asking);
  }

  /** A client that is not asked to leave stays on its connection, and has no reason to knock while the port closes. */
  async #settle(endsMs: number): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#lastRequestMs > settleMs && this.#inFlight.size === 0) return;
    this.#lastAnswers = false;
    await this.#until(() => this.#cutNow, Math.min(nowMs + settleMs, endsMs));
  }

  /** Until nothing is in flight and nobody has begun to ask, or time is up. */
  async #finish(endsMs: number, hooks: DrainHooks): Promise<void> {
    let empty = false;
    void hooks.emptied().then(() => {
      empty = true;
      this.#wake();
    });
    for (;;) {
      await this.#until(() => this.#cutNow || this.#inFlight.size === 0, endsMs);
      if (this.#inFlight.size > 0) return;
      // An answer that began before clients were asked to leave ends on a connection that its client keeps using.
      const keptMs = Math.min(this.#lastEndMs + arrivalMs, endsMs);
      await this.#until(() => this.#cutNow || empty || this.#inFlight.size > 0, keptMs);
      if (this.#inFlight.size > 0) continue;
      await hooks.endIdle();
      const lastMs = Math.min(performance.now() + lastBytesMs, endsMs);
      await this.#until(() => this.#cutNow || empty || this.#inFlight.size > 0, lastMs);
      if (this.#inFlight.size === 0) return;
    }
  }

  #askClientsToLeave(hooks: DrainHooks): void {
    if (this.#lastAnswers) return;
    this.#lastAnswers = true;
    hooks.askClientsToLeave();
  }

  /** `done` is asked again after each change. */
  async #until(done: () => boolean, latestMs: number): Promise<void> {
    for (;;) {
      const leftMs = latestMs - performance.now();
      if (done() || leftMs <= 0) return;
      await this.#sleep(leftMs);
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.ceil(ms));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
