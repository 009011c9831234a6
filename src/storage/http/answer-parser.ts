// What did the store answer? Reads one HTTP/1.1 answer from pieces of any size; opens nothing, waits for nothing, keeps no body.
import { AnswerMalformed, type ReadHead, readAnswerHead, refuseNoHead } from './answer-head.ts';
import { ChunkedBody } from './chunked-body.ts';
import type { AnswerHead } from './http-client.ts';

/** False: read no further; what is left of the answer is of no interest. */
export interface AnswerVisitor {
  head(head: AnswerHead): boolean;
  bytes(chunk: Uint8Array): boolean;
}

/** more: not yet complete. complete: nothing after the answer was read. stopped: the visitor said so. */
export type Reading = 'more' | 'complete' | 'stopped';

const maxHeadBytes = 64 * 1024; // of interim answers and the final one together

export class AnswerParser {
  readonly #visitor: AnswerVisitor;
  readonly #bodiless: boolean;
  #held = ''; // begin of a head
  #headBytes = 0;
  #read: ReadHead | null = null;
  #bytesLeft = 0; // of a body with a length; 1 for one that ends with the connection
  #chunks: ChunkedBody | null = null;
  #begun = false;
  #surplus = false;

  /** `bodiless`: it answers a HEAD or a CONNECT. */
  constructor(visitor: AnswerVisitor, { bodiless }: { readonly bodiless: boolean }) {
    this.#visitor = visitor;
    this.#bodiless = bodiless;
  }

  /** A byte came. */
  get begun(): boolean {
    return this.#begun;
  }

  /** After `complete`: the connection may take the next request. */
  get reusable(): boolean {
    return this.#read?.keepAlive === true && !this.#surplus;
  }

  /** The first `length` bytes of `bytes`, which the caller may use again afterwards. @throws AnswerMalformed */
  read(bytes: Buffer, length: number): Reading {
    this.#begun = true;
    let at = 0;
    while (this.#read === null) {
      at = this.#readHead(bytes, at, length);
      if (at < 0) return 'more';
      if (this.#read !== null && !this.#visitor.head(this.#takeFraming())) return 'stopped';
    }
    if (this.#chunks !== null) return this.#readChunks(this.#chunks, bytes, { at, end: length });
    return this.#readBytes(bytes, at, length);
  }

  /** The store closed its side: the end of a body without a length, too early for all others. */
  end(): 'complete' | 'more' {
    return this.#read?.body === 'until_close' ? 'complete' : 'more';
  }

  /** Where the body begins; -1: the head is not over. Interim answers (100, 103) are passed over. */
  #readHead(bytes: Buffer, at: number, length: number): number {
    const held = this.#held;
    const text = held + bytes.toString('latin1', at, Math.min(length, at + maxHeadBytes + 1));
    const end = text.indexOf('\r\n\r\n', Math.max(0, held.length - 3));
    const headBytes = end < 0 ? text.length : end + 4;
    if (this.#headBytes + headBytes > maxHeadBytes) throw new AnswerMalformed('the head of the answer is too long');
    if (end < 0) {
      refuseNoHead(text, held.length);
      this.#held = text;
      return -1;
    }
    this.#held = '';
    this.#headBytes += headBytes;
    const read = readAnswerHead(text.slice(0, end), { bodiless: this.#bodiless });
    if (read.head.status === 101) throw new AnswerMalformed('another protocol, which nobody asked for');
    if (read.head.status >= 200) this.#read = read;
    return at + headBytes - held.length;
  }

  #takeFraming(): AnswerHead {
    const { head, body } = this.#read as ReadHead;
    if (body === 'chunked') this.#chunks = new ChunkedBody();
    this.#bytesLeft = typeof body === 'number' ? body : 1;
    return head;
  }

  #readBytes(bytes: Buffer, at: number, length: number): Reading {
    const untilClose = this.#read?.body === 'until_close';
    const end = untilClose ? length : Math.min(length, at + this.#bytesLeft);
    if (!untilClose) this.#bytesLeft -= end - at;
    this.#surplus = end < length;
    if (end > at && !this.#visitor.bytes(bytes.subarray(at, end))) return 'stopped';
    return this.#bytesLeft === 0 ? 'complete' : 'more';
  }

  #readChunks(chunks: ChunkedBody, bytes: Buffer, { at, end }: { at: number; end: number }): Reading {
    let wanted = true;
    const next = chunks.read(bytes, { at, end }, (from, to) => {
      wanted = this.#visitor.bytes(bytes.subarray(from, to));
      return wanted;
    });
    if (!wanted) return 'stopped';
    this.#surplus = next < end;
    return chunks.ended ? 'complete' : 'more';
  }
}
