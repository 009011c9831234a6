// Puts an answer on the wire: the head with the first bytes of its body, then its length or its chunks, then trailers.
import type { HeaderBlock } from '../../http/header-block.ts';
import type { LaneSocket } from '../socket/lane-socket.ts';
import type { Scratch } from '../socket/scratch.ts';
import { type AnswerHead, copyHead } from './answer-head.ts';

/** Up to here copying a piece costs less than a write of its own. */
const joinedBytes = 32_768;
/** Of a chunk's size line and the line end behind its data, at the most. */
const framingBytes = 20;
const lineEnd = Buffer.from('\r\n');

export class AnswerWriter {
  readonly head: AnswerHead;
  readonly #socket: LaneSocket;
  readonly #scratch: Scratch;
  #headSent = false;

  constructor(socket: LaneSocket, scratch: Scratch, head: AnswerHead) {
    this.head = head;
    this.#socket = socket;
    this.#scratch = scratch;
  }

  /** Some bytes have not left yet. */
  get pending(): boolean {
    return this.#socket.pending;
  }

  /** True: the piece's bytes are free again. False: when the socket has drained. */
  piece(bytes: Uint8Array): boolean {
    if (!this.head.hasBody || bytes.length === 0) return true;
    const joined = bytes.length <= joinedBytes;
    const target = this.#scratch.take(this.#headBytes + framingBytes + (joined ? bytes.length : 0));
    let end = this.#copyHead(target);
    if (this.head.chunked) end += target.write(`${bytes.length.toString(16)}\r\n`, end, 'latin1');
    if (!joined) return this.#apart(bytes, end);
    target.set(bytes, end);
    end += bytes.length;
    if (this.head.chunked) end += target.write('\r\n', end, 'latin1');
    this.#scratch.send(this.#socket, end);
    return true;
  }

  /** The head alone, when the body is silent for long. */
  flushHead(): void {
    if (this.#headSent) return;
    const end = this.#copyHead(this.#scratch.take(this.head.bytes));
    this.#scratch.send(this.#socket, end);
  }

  /** Behind the last piece. `trailers` are those that may pass, and are dropped where no chunks came. */
  last(trailers: HeaderBlock | null): void {
    if (!this.head.chunked) {
      this.flushHead();
      return;
    }
    const target = this.#scratch.take(this.#headBytes + (trailers?.wireBytes ?? 0) + framingBytes);
    let end = this.#copyHead(target);
    end += target.write('0\r\n', end, 'latin1');
    if (trailers !== null) end = trailers.copyTo(target, end);
    end += target.write('\r\n', end, 'latin1');
    this.#scratch.send(this.#socket, end);
  }

  #apart(bytes: Uint8Array, prefixBytes: number): boolean {
    if (prefixBytes > 0) this.#scratch.send(this.#socket, prefixBytes);
    const free = this.#socket.write(bytes);
    if (this.head.chunked) this.#socket.write(lineEnd);
    return free;
  }

  get #headBytes(): number {
    return this.#headSent ? 0 : this.head.bytes;
  }

  #copyHead(target: Buffer): number {
    if (this.#headSent) return 0;
    this.#headSent = true;
    return copyHead(this.head, target, 0);
  }
}
