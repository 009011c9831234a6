// What earlier runs have left: rows by sink, until the sink's queue asks for them.
import { eventKinds } from '../event/log-event.ts';
import type { FoundRows } from './spool-store.ts';

export interface SinkRows {
  /** All have ids up to this one. */
  readonly lastId: number;
  /** By index of eventKinds. */
  readonly kinds: readonly number[];
}

export class SpoolFound {
  readonly bytes: number;
  /** 0: there were none. */
  readonly lastId: number;
  #rows: readonly FoundRows[];

  constructor(rows: readonly FoundRows[]) {
    this.bytes = rows.reduce((total, { bytes }) => total + bytes, 0);
    this.lastId = rows.reduce((last, { lastId }) => Math.max(last, lastId), 0);
    this.#rows = rows;
  }

  /** Null: it has none, or was here before. */
  take(sink: number): SinkRows | null {
    const rows = this.#rows.filter((row) => row.sink === sink);
    if (rows.length === 0) return null;
    this.#rows = this.#rows.filter((row) => row.sink !== sink);
    const kinds = eventKinds.map((_, kind) => rows.find((row) => row.kind === kind)?.rows ?? 0);
    return { lastId: Math.max(...rows.map(({ lastId }) => lastId)), kinds };
  }

  /** Of sinks that did not ask. */
  get events(): number {
    return this.#rows.reduce((total, { rows }) => total + rows, 0);
  }
}
