// Where do the chunks of a body lie, and where does it end (RFC 9112 7.1)? Bytes come in pieces of any size.
import { AnswerMalformed } from './answer-head.ts';

const sizeLine = /^([0-9a-f]{1,12})[ \t]*(?:;[^\0\r\n]*)?\r\n$/i;
const trailerLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\0\r\n]*\r\n$/;
const maxLineBytes = 4096;
const maxTrailersBytes = 64 * 1024;

export class ChunkedBody {
  #awaits: 'size' | 'bytes' | 'end_of_bytes' | 'trailers' = 'size';
  #chunkBytes = 0; // that are still to come
  #trailersBytes = 0;
  #line = ''; // begun, and its end did not come yet
  #ended = false;

  /** The empty line after the last chunk was read. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Reads from `at`, shows `keep` where there are bytes of the body, until that says false. Returns where it stopped.
   * @throws AnswerMalformed
   */
  read(bytes: Buffer, { at, end }: { at: number; end: number }, keep: (from: number, to: number) => boolean): number {
    let next = at;
    while (next < end && !this.#ended) {
      if (this.#awaits === 'bytes') {
        const from = next;
        next = Math.min(end, from + this.#chunkBytes);
        this.#chunkBytes -= next - from;
        if (this.#chunkBytes === 0) this.#awaits = 'end_of_bytes';
        if (!keep(from, next)) return next;
      } else {
        next = this.#readLine(bytes, next, end);
      }
    }
    return next;
  }

  #readLine(bytes: Buffer, at: number, end: number): number {
    const lineFeed = bytes.indexOf(10, at);
    const next = lineFeed < 0 || lineFeed >= end ? end : lineFeed + 1;
    if (this.#line.length + next - at > maxLineBytes) throw new AnswerMalformed('a line between chunks is too long');
    this.#line += bytes.toString('latin1', at, next);
    if (!this.#line.endsWith('\n')) return next;
    const line = this.#line;
    this.#line = '';
    this.#takeLine(line);
    return next;
  }

  #takeLine(line: string): void {
    if (this.#awaits === 'size') {
      const size = sizeLine.exec(line)?.[1];
      if (size === undefined) throw new AnswerMalformed('the size of a chunk is no number');
      this.#chunkBytes = Number.parseInt(size, 16);
      this.#awaits = this.#chunkBytes === 0 ? 'trailers' : 'bytes';
    } else if (this.#awaits === 'end_of_bytes') {
      if (line !== '\r\n') throw new AnswerMalformed('a chunk is longer than it says');
      this.#awaits = 'size';
    } else if (line === '\r\n') {
      this.#ended = true;
    } else {
      this.#trailersBytes += line.length;
      if (this.#trailersBytes > maxTrailersBytes || !trailerLine.test(line))
        throw new AnswerMalformed('malformed trailers');
    }
  }
}
