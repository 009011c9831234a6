// A body whose chunks are views of a buffer that is read into again: lent to a reader that knows it, copied for any other.
import { FedBody } from './fed-body.ts';

/** Where the chunks come from: a connection. */
export interface LentSource {
  /** Read on: the chunk given last is free again, or the first one is wanted. May be called when reading goes on already. */
  resume(): void;
  /**
   * Nobody reads the rest. `lent`: the chunk given last may still be being written. Not called behind `finish` or a failure of the
   * source's own.
   */
  abandon(lent: boolean): void;
}

/** True: the chunk is free again. False: it is still being written; `freed()` is called when it is not. */
export type Borrower = (chunk: Buffer) => boolean;

/** Ends like any stream ('end', 'error', 'close'), also when every chunk was lent. */
export class LentBody extends FedBody {
  readonly #source: LentSource;
  #borrower: Borrower | null = null;
  #held: Buffer[] = []; // came before anybody read, as they lie
  #wanted = false;
  #finished = false; // no more will come
  #ended = false;

  constructor(source: LentSource) {
    super();
    this.#source = source;
  }

  /** Nobody reads yet: chunks are held where they lie, as many as the source has room for. */
  get unread(): boolean {
    return this.#borrower === null && !this.#wanted;
  }

  /** The source's call: true: the chunk is free again. False: its bytes are to be left alone until `resume()`. */
  give(chunk: Buffer): boolean {
    if (this.destroyed) return true;
    if (this.#borrower !== null) {
      if (this.tapped) this.show(Buffer.from(chunk));
      return this.#borrower(chunk);
    }
    if (this.#wanted) this.#passCopy(chunk);
    else this.#held.push(chunk);
    return this.#wanted;
  }

  /** The source's call: the last byte was given. */
  finish(): void {
    this.#finished = true;
    this.#endBehindLast();
  }

  /** The source's call: the rest will never come. */
  fail(error: Error): void {
    this.#finished = true;
    this.destroy(error);
  }

  /** From here on chunks are lent to `borrow`. False, without effect, when some are in the stream already. */
  lendTo(borrow: Borrower): boolean {
    if (this.readableLength > 0 || this.destroyed) return false;
    this.#borrower = borrow;
    this.resume(); // flows without chunks, so that 'end' comes
    let free = true;
    for (const chunk of this.#takeHeld()) {
      // Shown as late as this: who looks on may come behind the first chunk, but never behind its reader.
      if (this.tapped) this.show(Buffer.from(chunk));
      free = borrow(chunk);
    }
    if (free) this.freed();
    return true;
  }

  /** The borrower's call: the chunk that was still being written is free again. */
  freed(): void {
    if (this.#finished) this.#endBehindLast();
    else this.#source.resume();
  }

  override _read(): void {
    if (this.#borrower !== null) return;
    this.#wanted = true;
    for (const chunk of this.#takeHeld()) this.#passCopy(chunk);
    if (this.#finished) this.#endBehindLast();
    else if (this.#wanted) this.#source.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#held = [];
    if (!this.#finished) this.#source.abandon(this.#borrower !== null);
    callback(error);
  }

  #endBehindLast(): void {
    if (this.#held.length > 0 || this.#ended || this.destroyed) return;
    this.#ended = true;
    this.push(null);
  }

  #takeHeld(): readonly Buffer[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }

  #passCopy(chunk: Buffer): void {
    const copy = Buffer.from(chunk);
    this.show(copy);
    this.#wanted = this.pass(copy);
  }
}
