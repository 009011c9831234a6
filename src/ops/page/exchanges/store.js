// The exchanges that the page knows: those that ended lately, and those that run.
/** @import { ExchangeList, ExchangeSummary, InspectionLimits } from '../../../dev/inspector/api.ts' */

const MAX_ENDED = 1000;

export class ExchangeStore {
  /** @type {ExchangeSummary[]} in the order in which they ended */
  #ended = [];
  /** @type {readonly ExchangeSummary[]} */
  #running = [];
  /** For the next question. */
  cursor = 0;
  /** Lines that never came here, since too many ended between two questions. */
  skipped = 0;
  /** @type {InspectionLimits | null} null: not told yet */
  limits = null;

  /** @param {ExchangeList} list */
  take({ cursor, exchanges, running, skipped, limits }) {
    const isFirst = this.cursor === 0;
    this.#ended = [...this.#ended, ...exchanges].slice(-MAX_ENDED);
    this.#running = running;
    this.cursor = cursor;
    this.limits = limits;
    if (!isFirst) this.skipped += skipped; // what went before the page was opened is not missed
  }

  /** The agent was started anew: its ids begin again. */
  clear() {
    this.#ended = [];
    this.#running = [];
    this.cursor = 0;
    this.skipped = 0;
  }

  /** The newest first, by arrival. */
  all() {
    return [...this.#ended, ...this.#running].sort((one, other) => other.id - one.id);
  }

  /** @param {number} id */
  find(id) {
    return this.#running.find((exchange) => exchange.id === id) ?? this.#ended.find((exchange) => exchange.id === id);
  }

  models() {
    const names = new Set(this.all().flatMap(({ model }) => (model === null ? [] : [model])));
    return [...names].sort();
  }
}
