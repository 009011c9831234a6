// What one turn of the event loop wants of the disk: rows to add and rows to delete, sent as one message, waited for together.
import { type EventKind, eventKinds } from '../event/log-event.ts';
import type { SinkRows } from './spool-found.ts';
import type { PageAnswer, TurnMessage } from './spool-messages.ts';
import type { SpooledEvent } from './spooled-event.ts';

/** Whose rows they are: the queue of one sink. */
export interface RowOwner {
  /** Stands for the sink in the database. */
  readonly sink: number;
  /** Rows of an earlier run. */
  found(rows: SinkRows): void;
  /** The event is not on disk after all: its spoolId, which was `id`, is null again. */
  unwritten(entry: SpooledEvent, id: number): void;
  /** What readPage has asked for; null: it could not be read. */
  page(answer: PageAnswer | null): void;
  /** All rows are gone but those that are still on their way to the disk. */
  lost(onTheirWay: readonly Addition[]): void;
}

export interface Addition {
  readonly entry: SpooledEvent;
  readonly id: number;
  readonly owner: RowOwner;
}

export class SpoolTurn {
  /** Counts up from turn to turn. */
  readonly number: number;
  readonly startedMs = performance.now();
  /** Resolved by `settle`: the rows are on disk, or are not going to be, or it has taken too long. Never rejects. */
  readonly settled: Promise<void>;
  readonly additions: Addition[] = [];
  #settle: () => void = () => undefined;
  #isSettled = false;
  readonly #offsets: number[] = [];
  readonly #lengths: number[] = [];
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(number: number) {
    this.number = number;
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Of the message. */
  get bytes(): number {
    return this.#bytes;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  settle(): void {
    this.#isSettled = true;
    this.#settle();
  }

  /** `stored`: the event's bytes; rows that follow each other with the same ones share them, as those of several sinks do. */
  add(addition: Addition, stored: Uint8Array): void {
    if (stored !== this.#pieces.at(-1)) {
      this.#pieces.push(stored);
      this.#bytes += stored.byteLength;
    }
    addition.entry.spoolId = addition.id;
    addition.entry.storedBytes = stored.byteLength;
    this.additions.push(addition);
    this.#offsets.push(this.#bytes - stored.byteLength);
    this.#lengths.push(stored.byteLength);
  }

  /** Once: the bytes are in the message then. */
  message(deletes: readonly number[]): TurnMessage {
    return {
      kind: 'turn',
      turn: this.number,
      ids: this.additions.map(({ id }) => id),
      sinks: this.additions.map(({ owner }) => owner.sink),
      kinds: this.additions.map(({ entry }) => kindNumber(entry.event.kind)),
      offsets: this.#offsets,
      lengths: this.#lengths,
      data: this.#joined(),
      deletes,
    };
  }

  /** In a buffer of its own, which can be handed to another thread. */
  #joined(): Uint8Array<ArrayBuffer> {
    const pieces = this.#pieces.splice(0) as Uint8Array<ArrayBuffer>[];
    const [first] = pieces;
    if (pieces.length === 1 && first!.buffer.byteLength === this.#bytes) return first!;
    const joined = new Uint8Array(this.#bytes);
    let offset = 0;
    for (const piece of pieces) {
      joined.set(piece, offset);
      offset += piece.byteLength;
    }
    return joined;
  }
}

export function kindNumber(kind: EventKind): number {
  return eventKinds.indexOf(kind);
}
