// One answer of the runtime out of the reads of its connection: heads, which bytes are its body, and where it ends (RFC 9112 6.3).

import type { HeaderBlock } from '../../http/header-block.ts';
import { readTrailers } from '../../http/trailers.ts';
import { ChunkReader } from '../wire/chunk-reader.ts';
import { HeadCache } from '../wire/head-cache.ts';
import { incomplete, type WireResponseHead } from '../wire/heads.ts';
import { readResponseHead } from '../wire/response-head.ts';

const maxTrailerBytes = 65_536;
const noBytes = Buffer.alloc(0);

/** One of a connection, which begins anew with each exchange. A read: `take`, `readHead` until the final one is there, `readBody`. */
export class AnswerReader {
  /** The final one; null before it came. */
  head: WireResponseHead | null = null;
  /** The end of the answer was read. */
  done = false;
  /** The body in the read taken last: `bytes[dataStart, dataEnd)`, framing taken out of it. */
  bytes: Buffer = noBytes;
  dataStart = 0;
  dataEnd = 0;
  readonly #heads = new HeadCache<WireResponseHead>();
  #at = 0; // in bytes
  #end = 0;
  #kept: Buffer | null = null; // of a head that is not complete
  #bodyless = false;
  #leftBytes = 0; // of a body with Content-Length
  #chunks: ChunkReader | null = null;

  begin(method: string): void {
    this.head = null;
    this.done = false;
    this.#kept = null;
    this.#chunks = null;
    this.#bodyless = method === 'HEAD';
  }

  take(bytes: Buffer, length: number): void {
    const kept = this.#kept;
    this.#kept = null;
    this.bytes = kept === null ? bytes : Buffer.concat([kept, bytes.subarray(0, length)]);
    this.#end = kept === null ? length : kept.length + length;
    this.#at = 0;
  }

  /** The next head, 1xx too; null: not all of it has come. @throws OutriggerError UPSTREAM_PROTOCOL_ERROR */
  readHead(): WireResponseHead | null {
    if (this.#at === this.#end) return null;
    let head: WireResponseHead | typeof incomplete | null = this.#heads.find(this.bytes, this.#at, this.#end);
    if (head === null) {
      head = readResponseHead(this.bytes, this.#at, this.#end);
      if (head === incomplete) {
        this.#kept = Buffer.from(this.bytes.subarray(this.#at, this.#end));
        return null;
      }
      this.#heads.keep(this.bytes, this.#at, head);
    }
    this.#at += head.bytes;
    if (head.status >= 200) this.#beginBody(head);
    return head;
  }

  /** @throws ChunkError */
  readBody(): void {
    this.dataStart = this.#at;
    this.dataEnd = this.#at;
    if (this.#bodyless) this.done = true;
    else if (this.#chunks !== null) {
      this.#at = this.#chunks.read(this.bytes, this.#at, this.#end, this.#onChunk);
      this.done = this.#chunks.done;
    } else {
      this.#at = Math.min(this.#end, this.#at + this.#leftBytes);
      this.dataEnd = this.#at;
      this.#leftBytes -= this.dataEnd - this.dataStart;
      this.done = this.#leftBytes === 0;
    }
  }

  /** The answer goes on until the connection ends. */
  get endsWithConnection(): boolean {
    return this.head !== null && !this.#bodyless && !this.head.chunked && this.head.contentLength === null;
  }

  /** Behind the end of the answer nothing came, and nothing may: the next answer would be told apart from it. */
  get clean(): boolean {
    const { head } = this;
    if (head === null || this.#at < this.#end || !head.keepAlive || this.endsWithConnection) return false;
    // A 204 or 304 that announces content may be followed by it (undici does the same).
    return !isBodyless(head.status) || (!head.chunked && (head.contentLength ?? 0) === 0);
  }

  /** More is to come than a shared buffer takes at once. */
  get large(): boolean {
    if (this.head === null || this.done) return false;
    if (this.#chunks === null && this.head.contentLength !== null) return this.#leftBytes > smallReadBytes;
    return this.#end >= smallReadBytes;
  }

  get trailers(): HeaderBlock | null {
    return this.#chunks === null || this.#chunks.trailers.length === 0 ? null : readTrailers(this.#chunks.trailers);
  }

  #beginBody(head: WireResponseHead): void {
    this.head = head;
    this.#bodyless ||= isBodyless(head.status);
    if (this.#bodyless) return;
    if (head.chunked) this.#chunks = new ChunkReader({ maxTrailerBytes });
    else this.#leftBytes = head.contentLength ?? Number.POSITIVE_INFINITY;
  }

  /** Moves the data of several chunks together, so that a read is handed on in one piece. */
  readonly #onChunk = (chunk: Buffer): void => {
    const from = chunk.byteOffset - this.bytes.byteOffset;
    if (this.dataEnd === this.dataStart) {
      this.dataStart = from;
      this.dataEnd = from;
    } else this.bytes.copyWithin(this.dataEnd, from, from + chunk.length);
    this.dataEnd += chunk.length;
  };
}

/** A read that fills the shared buffer (socket/read-buffers.ts): more waits in the kernel. */
const smallReadBytes = 65_536;

/** RFC 9110 15.3.5, 15.4.5. */
function isBodyless(status: number): boolean {
  return status === 204 || status === 304;
}
