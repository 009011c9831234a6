// Why a reading stops, told through readers that can only return an offset: the first reason counts.
import { malformed } from './json/json-scan.ts';
import type { Unmergeable } from './unmergeable.ts';

export class Refusal {
  #reason: Unmergeable | null = null;

  /** To be returned in place of an offset. */
  because(reason: Unmergeable): typeof malformed {
    this.#reason ??= reason;
    return malformed;
  }

  /** 'malformed' when nobody gave another. */
  get reason(): Unmergeable {
    return this.#reason ?? 'malformed';
  }
}
