// The log's words about a runtime that comes and goes: each change, but not a line for each flap.
import type { Log } from '../../log.ts';

/** So many lines in so long; what was held back is made up for, if it still holds, with the next look. */
const maxLines = 6;
const windowMs = 60_000;

export class UpAndDown {
  readonly #log: Log;
  #told: boolean | null = null;
  #isUp: boolean | null = null;
  /** Since the last line; more than one: it flaps. */
  #changes = 0;
  #toldAtMs: readonly number[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  /** After every look, changed or not. `nowMs`: monotonic. */
  look(isUp: boolean, nowMs: number): void {
    if (isUp !== this.#isUp) this.#changes += 1;
    this.#isUp = isUp;
    if (isUp === this.#told) return;
    this.#toldAtMs = this.#toldAtMs.filter((atMs) => nowMs - atMs < windowMs);
    if (this.#toldAtMs.length >= maxLines) return;
    this.#tell(isUp);
    this.#toldAtMs = [...this.#toldAtMs, nowMs];
    this.#told = isUp;
    this.#changes = 0;
  }

  #tell(isUp: boolean): void {
    const fields = { changes: this.#changes };
    if (isUp) this.#log.info(fields, 'the runtime takes orders');
    else if (this.#told === null) this.#log.info(fields, 'the runtime takes no orders yet; its models wait for it');
    else this.#log.warn(fields, 'the runtime is away; its models are loaded again when it is back');
  }
}
