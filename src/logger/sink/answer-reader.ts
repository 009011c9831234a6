// What did the sink answer? Reads one HTTP/1.1 answer from pieces of any size; opens nothing, waits for nothing.
import { type AnswerHead, mayBecomeHead, readAnswerHead } from './answer-head.ts';
import { ChunkedBody } from './chunked-body.ts';

/**
 * more: not yet complete. complete: the answer, and nothing after it is read. too_long: the body is beyond 1 MiB, of which
 * nobody wants to know more. malformed: no HTTP/1.1.
 */
export type Reading = 'more' | 'complete' | 'too_long' | 'malformed';

export interface SinkAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string; // the first KiB of the body
  readonly reusable: boolean; // the connection may take the next request
}

const maxHeadBytes = 64 * 1024;
const maxBodyBytes = 1024 * 1024; // with the marks between chunks
const keptBytes = 1024;

export class AnswerReader {
  #begun = false;
  #held = ''; // begin of a head
  #head: AnswerHead | null = null;
  #chunks: ChunkedBody | null = null;
  #bodyBytes = 0; // seen so far
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #surplus = false;

  /** A byte came. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The first `length` bytes of `bytes`, which the caller may use again afterwards. */
  read(bytes: Buffer, length: number): Reading {
    this.#begun = true;
    let at = 0;
    while (this.#head === null) {
      const next = this.#readHead(bytes, at, length);
      if (typeof next === 'string') return next;
      at = next;
    }
    return this.#readBody(bytes, at, length);
  }

  /** The sink closed its side: the end of a body without a length, too early for all others. */
  end(): 'complete' | 'more' {
    return this.#head?.body === 'until_close' ? 'complete' : 'more';
  }

  /** Hands out what was read, after `complete` and `too_long`, and begins anew. */
  take(): SinkAnswer {
    const { status, retryAfter, keepAlive } = this.#head as AnswerHead;
    const text = this.#keptBytes === 0 ? '' : this.#text();
    const answer = { status, retryAfter, text, reusable: keepAlive && !this.#surplus };
    this.#begun = false;
    this.#head = null;
    this.#chunks = null;
    this.#bodyBytes = 0;
    this.#surplus = false;
    return answer;
  }

  /** Where the body begins, or that the head is not over. Interim answers (100, 103) are passed over. */
  #readHead(bytes: Buffer, at: number, length: number): number | 'more' | 'malformed' {
    const held = this.#held;
    const text = held + bytes.toString('latin1', at, length);
    const end = text.indexOf('\r\n\r\n', Math.max(0, held.length - 3)) + 4;
    if (end < 4) {
      this.#held = text;
      return text.length < maxHeadBytes && mayBecomeHead(text, held.length) ? 'more' : 'malformed';
    }
    this.#held = '';
    const head = end > maxHeadBytes ? null : readAnswerHead(text.slice(0, end));
    if (head === null || head.status === 101) return 'malformed'; // nobody asked for another protocol
    if (head.status >= 200) this.#head = head;
    return at + end - held.length;
  }

  #readBody(bytes: Buffer, at: number, length: number): Reading {
    const body = (this.#head as AnswerHead).body;
    if (body === 'chunked') return this.#readChunks(bytes, at, length);
    const end = body === 'until_close' ? length : Math.min(length, at + body - this.#bodyBytes);
    this.#keep(bytes, at, end);
    this.#bodyBytes += end - at;
    if (this.#bodyBytes > maxBodyBytes) return 'too_long';
    if (this.#bodyBytes !== body) return 'more';
    this.#surplus = end < length;
    return 'complete';
  }

  #readChunks(bytes: Buffer, at: number, length: number): Reading {
    this.#chunks ??= new ChunkedBody();
    const next = this.#chunks.read(bytes, { at, end: length }, (from, to) => this.#keep(bytes, from, to));
    if (next < 0) return 'malformed';
    this.#bodyBytes += next - at;
    if (this.#chunks.ended) {
      this.#surplus = next < length;
      return 'complete';
    }
    return this.#bodyBytes > maxBodyBytes ? 'too_long' : 'more';
  }

  /** Copies: the next piece comes in the same memory. */
  #keep(bytes: Buffer, from: number, to: number): void {
    const end = Math.min(to, from + keptBytes - this.#keptBytes);
    if (end <= from) return;
    this.#kept.push(Buffer.from(bytes.subarray(from, end)));
    this.#keptBytes += end - from;
  }

  #text(): string {
    const text = Buffer.concat(this.#kept).toString('utf8');
    const cut = this.#keptBytes === keptBytes; // perhaps within a character
    this.#kept = [];
    this.#keptBytes = 0;
    return cut ? text.replace(/\uFFFD$/, '') : text;
  }
}
