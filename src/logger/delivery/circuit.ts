// Whether a sink is worth the work: when everything fails, one probe at a time goes there, at growing intervals.
import { type Backoff, backoffMs } from './backoff.ts';

/** In a row, of whatever events: of a sink that takes most of what it is sent. */
const failuresToOpen = 5;
/**
 * A sink with two of three replicas down fails five times in a row all the time, and yet takes a third of what it is sent. So it
 * takes a row that is several times as long as those between its deliveries usually are; and no more than so many.
 */
const longerThanUsual = 15;
const failuresToOpenAtMost = 100;
/** Weight of the last row in what is usual. */
const lastRowWeight = 0.1;

/**
 * closed -> open: too many failures in a row. open -> closed: the first success, also of an attempt from before.
 * A rejection is neither: the sink is there, but takes nothing yet. The next probe comes soon then.
 */
export class Circuit {
  readonly #backoff: Backoff;
  #failures = 0; // in a row
  #usualFailures = 0; // between two deliveries
  #probes = 0; // that failed, in a row
  #open = false;
  #probing = false;
  #nextProbeMs = 0;

  constructor(backoff: Backoff) {
    this.#backoff = backoff;
  }

  get state(): 'closed' | 'open' {
    return this.#open ? 'open' : 'closed';
  }

  /** While it is open: when the next probe may go (in the clock of the calls); null: one is on its way. */
  get nextProbeMs(): number | null {
    return this.#probing ? null : this.#nextProbeMs;
  }

  probeSent(): void {
    this.#probing = true;
  }

  /** True: that closed it. */
  succeeded(): boolean {
    const wasOpen = this.#open;
    this.#open = this.#probing = false;
    this.#usualFailures += (this.#failures - this.#usualFailures) * lastRowWeight;
    this.#failures = this.#probes = 0;
    return wasOpen;
  }

  /** `probe`: the attempt was one. True: that opened it. */
  failed(nowMs: number, probe: boolean): boolean {
    this.#failures += 1;
    if (this.#open) {
      // Others were on their way when it opened: they say nothing new.
      if (probe) this.#waitForNext(nowMs);
      return false;
    }
    if (this.#failures < this.#tooMany) return false;
    this.#open = true;
    this.#waitForNext(nowMs);
    return true;
  }

  rejected(nowMs: number, probe: boolean): void {
    if (!this.#open || !probe) return;
    this.#probes = 0;
    this.#waitForNext(nowMs);
  }

  /** Somebody cannot wait: the intervals begin to grow anew. */
  probeNow(nowMs: number): void {
    this.#probes = 0;
    this.#nextProbeMs = Math.min(this.#nextProbeMs, nowMs);
  }

  get #tooMany(): number {
    return Math.min(failuresToOpenAtMost, Math.max(failuresToOpen, longerThanUsual * this.#usualFailures));
  }

  #waitForNext(nowMs: number): void {
    this.#probing = false;
    this.#probes += 1;
    this.#nextProbeMs = nowMs + backoffMs(this.#probes, this.#backoff);
  }
}
