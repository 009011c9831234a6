// What the request path's thread and the disk's thread say to each other; both ways answers keep the order of the questions.
import type { SpoolFailure } from './spool-failure.ts';
import type { FoundRows, PageBounds, StoredRow } from './spool-store.ts';

/** Given to the worker at its start. */
export interface WorkerSettings {
  readonly dir: string;
  readonly sync: 'normal' | 'full';
  readonly maxPages: number | null;
}

/** What one turn of the event loop wants written: column by column, the bytes of all events in one buffer. */
export interface TurnMessage {
  readonly kind: 'turn';
  /** Counts up. */
  readonly turn: number;
  readonly ids: readonly number[];
  readonly sinks: readonly number[];
  readonly kinds: readonly number[];
  readonly offsets: readonly number[];
  readonly lengths: readonly number[];
  readonly data: Uint8Array<ArrayBuffer>;
  readonly deletes: readonly number[];
}

export interface PageMessage extends PageBounds {
  readonly kind: 'page';
}

export type ToWorker = { readonly kind: 'open' } | TurnMessage | PageMessage | { readonly kind: 'close' };

interface OpenedMessage {
  readonly kind: 'opened';
  readonly found: readonly FoundRows[];
}

export interface PageAnswer {
  readonly kind: 'page';
  readonly sink: number;
  readonly rows: readonly StoredRow[];
  /** No more rows were within the bounds. */
  readonly complete: boolean;
}

/** `turn`: this one and all before it that had no answer yet. */
export type FromWorker =
  | OpenedMessage
  | { readonly kind: 'unopened'; readonly failure: SpoolFailure }
  | { readonly kind: 'written'; readonly turn: number }
  | { readonly kind: 'unwritten'; readonly turn: number; readonly failure: SpoolFailure }
  | PageAnswer
  | { readonly kind: 'unread'; readonly sink: number; readonly failure: SpoolFailure }
  /** All rows are gone: the file was damaged and moved to `aside`, a new one begun. */
  | { readonly kind: 'lost'; readonly aside: string; readonly failure: SpoolFailure }
  | { readonly kind: 'closed'; readonly failure: SpoolFailure | null };
