// Which events of a sink are on disk only, and where to read on? Ranges of row ids, each with its number of events by kind.
import { eventKinds } from '../event/log-event.ts';
import type { SinkRows } from './spool-found.ts';

interface Range {
  readonly first: number;
  last: number;
  /** By index of eventKinds: what was not read yet. */
  readonly kinds: number[];
  readonly sinceMs: number;
}

/** What a range promised and the disk did not have. */
export type Missing = readonly number[];

/** Between the first and the last id of a range all rows of this sink are on disk only, so one cursor reads them. */
export class SpoolBacklog {
  #ranges: Range[] = [];
  /** The last range may still grow. */
  #open = false;
  #cursor = 0;

  get rows(): number {
    return this.#ranges.reduce((total, { kinds }) => total + sum(kinds), 0);
  }

  /** performance.now() of the oldest. */
  get sinceMs(): number | null {
    return this.#ranges[0]?.sinceMs ?? null;
  }

  /** Rows of an earlier run; before any other. */
  found({ lastId, kinds }: SinkRows): void {
    this.#ranges.push({ first: 0, last: lastId, kinds: [...kinds], sinceMs: performance.now() });
    this.#open = false;
  }

  /** A row that is newer than all others. */
  add(id: number, kind: number): void {
    let range = this.#ranges.at(-1);
    if (range === undefined || !this.#open) {
      range = { first: id, last: id, kinds: eventKinds.map(() => 0), sinceMs: performance.now() };
      this.#ranges.push(range);
      this.#open = true;
    }
    range.last = id;
    range.kinds[kind]! += 1;
  }

  /** From now on rows of this sink are in memory, too. */
  closeRange(): void {
    this.#open = false;
  }

  /** False: it is none of these. */
  remove(id: number, kind: number): boolean {
    const range = this.#ranges.find(({ first, last }) => first <= id && id <= last);
    if (range === undefined) return false;
    range.kinds[kind]! -= 1;
    return true;
  }

  /** The next page lies between these; null: there is none. */
  next(): { readonly after: number; readonly upTo: number } | null {
    const range = this.#ranges[0];
    return range === undefined ? null : { after: Math.max(this.#cursor, range.first - 1), upTo: range.last };
  }

  /**
   * A page was read: `upTo` as it was asked for, or the id of its last row when there are more. Returns what the range has
   * promised beyond that, when it is over.
   */
  read(upTo: number): Missing | null {
    this.#cursor = Math.max(this.#cursor, upTo);
    const range = this.#ranges[0];
    if (range === undefined || range.last > this.#cursor) return null;
    this.#ranges.shift();
    if (this.#ranges.length === 0) this.#open = false;
    return sum(range.kinds) > 0 ? range.kinds : null;
  }

  /** All of it, when the disk has lost it. */
  clear(): Missing {
    const kinds = eventKinds.map((_, kind) => this.#ranges.reduce((total, range) => total + range.kinds[kind]!, 0));
    this.#ranges = [];
    this.#open = false;
    return kinds;
  }
}

function sum(kinds: readonly number[]): number {
  return kinds.reduce((total, count) => total + count, 0);
}
