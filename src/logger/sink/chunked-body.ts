// Where do the chunks of an answer's body lie, and where does it end (RFC 9112 7.1)? Bytes come in pieces of any size.

const sizeLine = /^([0-9a-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n$/i;
const trailerLine = /^[^\r\n]+\r\n$/;
const maxLineBytes = 4096;

export class ChunkedBody {
  #awaits: 'size' | 'bytes' | 'end_of_bytes' | 'trailers' = 'size';
  #chunkBytes = 0; // that are still to come
  #line = ''; // begun, and its end did not come yet
  #ended = false;

  /** The empty line after the last chunk was read. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Reads from `at`, shows `keep` where there are bytes of the body. Returns where it stopped; -1: these are no chunks. */
  read(bytes: Buffer, { at, end }: { at: number; end: number }, keep: (from: number, to: number) => void): number {
    let next = at;
    while (next < end && !this.#ended) {
      if (this.#awaits === 'bytes') {
        const from = next;
        next = Math.min(end, from + this.#chunkBytes);
        keep(from, next);
        this.#chunkBytes -= next - from;
        if (this.#chunkBytes === 0) this.#awaits = 'end_of_bytes';
      } else {
        const lineFeed = bytes.indexOf(10, next);
        const lineEnd = lineFeed < 0 || lineFeed >= end ? end : lineFeed + 1;
        this.#line += bytes.toString('latin1', next, lineEnd);
        next = lineEnd;
        if (this.#line.length > maxLineBytes) return -1;
        if (this.#line.endsWith('\n') && !this.#readLine()) return -1;
      }
    }
    return next;
  }

  #readLine(): boolean {
    const line = this.#line;
    this.#line = '';
    if (this.#awaits === 'size') return this.#readSize(line);
    if (line === '\r\n') {
      if (this.#awaits === 'trailers') this.#ended = true;
      else this.#awaits = 'size';
      return true;
    }
    return this.#awaits === 'trailers' && trailerLine.test(line);
  }

  #readSize(line: string): boolean {
    const size = sizeLine.exec(line)?.[1];
    if (size === undefined) return false;
    this.#chunkBytes = Number.parseInt(size, 16);
    this.#awaits = this.#chunkBytes === 0 ? 'trailers' : 'bytes';
    return true;
  }
}
