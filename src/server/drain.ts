// When does a stopping agent close its listener, and when is it done? A pure plan, and the little state that it needs.
import type { DrainConfig } from '../config/slices.ts';

export type DrainState = 'serving' | 'draining' | 'closing';

export interface DrainFacts {
  readonly sinceSignalMs: number;
  readonly sinceLastRequestMs: number;
  readonly hurried: boolean; // a second signal came
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

export interface DrainHooks {
  /** Kubernetes had its time: from now on clients are asked to leave (Connection: close, GOAWAY). */
  askClientsToLeave(): void;
  /** No further connections and requests; what is in flight goes on. */
  close(): Promise<void>;
  /** What is still in flight is broken off. */
  cut(): void;
}

export class Drain {
  readonly #config: DrainConfig;
  #state: DrainState = 'serving';
  #inFlight = 0;
  #lastRequestMs = performance.now();
  #lastAnswers = false;
  #hurried = false;
  #wake: (() => void) | null = null; // set while run() sleeps

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
    return this.#inFlight;
  }

  exchangeBegan(): void {
    this.#inFlight += 1;
    this.#lastRequestMs = performance.now();
  }

  exchangeEnded(): void {
    this.#inFlight -= 1;
    if (this.#state === 'closing' && this.#inFlight === 0) this.#wake?.();
  }

  /** The second signal: closes the listener at once; what is in flight may still finish. */
  hurry(): void {
    this.#hurried = true;
    this.#wake?.();
  }

  /** From the signal to the end. Resolves with the number of exchanges that were cut; 0 = nothing was lost. */
  async run(hooks: DrainHooks): Promise<number> {
    const beganMs = performance.now();
    this.#state = 'draining';
    const { minWaitMs, maxWaitMs } = this.#config;
    const asking = setTimeout(() => this.#askClientsToLeave(hooks), minWaitMs);
    for (;;) {
      const nowMs = performance.now();
      const facts = {
        sinceSignalMs: nowMs - beganMs,
        sinceLastRequestMs: nowMs - this.#lastRequestMs,
        hurried: this.#hurried,
      };
      const waitMs = planListenerClose(facts, this.#config);
      if (waitMs <= 0) break;
      await this.#sleep(Math.ceil(waitMs));
    }
    clearTimeout(asking);
    this.#askClientsToLeave(hooks);
    this.#state = 'closing';
    await hooks.close();
    while (this.#inFlight > 0) {
      const leftMs = maxWaitMs - (performance.now() - beganMs);
      if (leftMs <= 0) break;
      await this.#sleep(Math.ceil(leftMs));
    }
    const cut = this.#inFlight;
    if (cut > 0) hooks.cut();
    return cut;
  }

  #askClientsToLeave(hooks: DrainHooks): void {
    if (this.#lastAnswers) return;
    this.#lastAnswers = true;
    hooks.askClientsToLeave();
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      const wake = done;
      this.#wake = wake;
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
    });
  }
}
