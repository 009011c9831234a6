// The text of attributes that many events share, written once.
import type { Attributes } from '../event/log-event.ts';

/** Kept as long as the array of attributes is. */
export class KeptText {
  readonly #texts = new WeakMap<Attributes, string>();
  readonly #write: (attributes: Attributes) => string;

  constructor(write: (attributes: Attributes) => string) {
    this.#write = write;
  }

  of(attributes: Attributes): string {
    const kept = this.#texts.get(attributes);
    if (kept !== undefined) return kept;
    const text = this.#write(attributes);
    this.#texts.set(attributes, text);
    return text;
  }
}
