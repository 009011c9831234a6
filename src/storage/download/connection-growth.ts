// How many connections a pull has: more while more of them bring more bytes, as many as before when they do not (each costs
// CPU), fewer when the store asks for mercy.

/** More bytes than before by this factor: the connections that were added are worth it. */
const worthwhile = 1.1;
/** A look at the rate takes at least this long: shorter ones would mistake a burst for a trend. */
const windowMs = 50;
/** After a growth that brought nothing it is tried again: networks change. */
const againMs = 3_000;

export interface ConnectionRange {
  readonly minConnections: number;
  readonly maxConnections: number;
}

export class ConnectionGrowth {
  readonly #range: ConnectionRange;
  #wanted: number;
  /** How many there were before the last growth. */
  #before: number;
  #bestRate = 0; // bytes a millisecond, of the last window that was worth it
  #inDoubt = false; // the last window was not
  #windowStartMs: number | null = null;
  #windowBytes = 0;
  #holdUntilMs = 0;
  #mercyUntilMs = 0;

  constructor(range: ConnectionRange) {
    this.#range = range;
    this.#wanted = Math.min(range.minConnections, range.maxConnections);
    this.#before = this.#wanted;
  }

  get wanted(): number {
    return this.#wanted;
  }

  /** `totalBytes` so far, at `nowMs`; call it often. `busy`: all connections are in use, so that more could bring more. */
  look({
    totalBytes,
    nowMs,
    busy,
  }: {
    readonly totalBytes: number;
    readonly nowMs: number;
    readonly busy: boolean;
  }): void {
    if (this.#windowStartMs === null || !busy) {
      this.#open(totalBytes, nowMs);
      return;
    }
    const elapsedMs = nowMs - this.#windowStartMs;
    if (elapsedMs < windowMs || totalBytes === this.#windowBytes) return;
    const rate = (totalBytes - this.#windowBytes) / elapsedMs;
    this.#open(totalBytes, nowMs);
    if (nowMs < this.#holdUntilMs) return;
    if (rate > this.#bestRate * worthwhile) this.#grow(rate);
    else if (this.#inDoubt) this.#goBack(rate, nowMs);
    else this.#inDoubt = true; // one window may be short of bytes by chance
  }

  #grow(rate: number): void {
    this.#before = this.#wanted;
    this.#wanted = Math.min(this.#range.maxConnections, this.#wanted * 2);
    this.#bestRate = rate;
    this.#inDoubt = false;
  }

  #goBack(rate: number, nowMs: number): void {
    this.#wanted = this.#before;
    this.#holdUntilMs = nowMs + againMs;
    this.#bestRate = rate;
    this.#inDoubt = false;
  }

  /** 429 or 503: half of the connections, and no growth for a while. */
  slowDown(nowMs: number): void {
    this.#holdUntilMs = nowMs + againMs;
    if (nowMs < this.#mercyUntilMs) return; // a burst of refusals is one refusal
    this.#mercyUntilMs = nowMs + againMs;
    this.#wanted = Math.max(Math.min(this.#range.minConnections, this.#wanted), Math.ceil(this.#wanted / 2));
    this.#before = this.#wanted;
    this.#inDoubt = false;
  }

  #open(totalBytes: number, nowMs: number): void {
    this.#windowStartMs = nowMs;
    this.#windowBytes = totalBytes;
  }
}
