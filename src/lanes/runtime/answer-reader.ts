// One answer of the runtime out of the reads of its connection: heads, which bytes are its body, and where it ends (RFC 9112 6.3).
import type { HeaderBlock } from '../../http/header-block.ts';
import { readTrailers } from '../../http/trailers.ts';
import { sharedReadBytes } from '../socket/read-buffers.ts';
import { type BodyFraming, ChunkedFraming, LengthFraming } from '../wire/body-framing.ts';
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
  #toHead = false; // the request was HEAD
  #framing: BodyFraming | null = null; // of the final head; null: it has no body

  begin(method: string): void {
    this.head = null;
    this.done = false;
    this.#kept = null;
    this.#framing = null;
    this.#toHead = method === 'HEAD';
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
    const framing = this.#framing;
    if (framing === null) {
      this.dataStart = this.dataEnd = this.#at;
      this.done = true;
      return;
    }
    this.#at = framing.take(this.bytes, this.#at, this.#end);
    this.dataStart = framing.dataStart;
    this.dataEnd = framing.dataEnd;
    this.done = framing.done;
  }

  /** The answer goes on until the connection ends. */
  get endsWithConnection(): boolean {
    return this.#framing !== null && this.head?.chunked === false && this.head.contentLength === null;
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
    if (this.#framing === null || this.done) return false;
    const { leftBytes } = this.#framing;
    return Number.isFinite(leftBytes) ? leftBytes > sharedReadBytes : this.#end >= sharedReadBytes;
  }

  get trailers(): HeaderBlock | null {
    const trailers = this.#framing?.trailers ?? [];
    return trailers.length === 0 ? null : readTrailers(trailers);
  }

  #beginBody(head: WireResponseHead): void {
    this.head = head;
    if (this.#toHead || isBodyless(head.status)) return;
    if (head.chunked) this.#framing = new ChunkedFraming(maxTrailerBytes);
    else this.#framing = new LengthFraming(head.contentLength ?? Number.POSITIVE_INFINITY);
  }
}

/** RFC 9110 15.3.5, 15.4.5. */
function isBodyless(status: number): boolean {
  return status === 204 || status === 304;
}
