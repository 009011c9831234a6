// An accepted connection by 'data' events, for a node whose handles cannot be swapped: the same reader, a read of 64 KB at a time.
import type { Socket } from 'node:net';
import { replayBeforeEnd } from './ended-socket.ts';
import { LaneConnection } from './lane-connection.ts';
import type { ClientSocket, SocketReader } from './lane-socket.ts';

/** Node's own reads are of this size: a buffer no larger than it gains nothing from a copy. */
const nodeReadBytes = 65_536;
/** Fewer and larger writes behind a large body: so many bytes are gathered, or those of one round of the event loop. */
const gatherBytes = 524_288;

export class PublicSocket extends LaneConnection implements ClientSocket {
  readonly #reader: SocketReader;
  #buffer: Buffer; // larger than a read of node's: reads are gathered in it
  #gatheredBytes = 0; // at the start of the buffer
  #flush: NodeJS.Immediate | null = null;
  #paused = false;
  #owesEnd = false; // behind what is gathered

  constructor(socket: Socket, reader: SocketReader) {
    super(socket, reader);
    this.#reader = reader;
    this.#buffer = reader.buffer();
    socket.on('data', this.#onData);
    socket.resume();
  }

  override pause(): void {
    this.#paused = true;
    this.socket.pause();
  }

  override resume(): void {
    this.#paused = false;
    if (this.#gatheredBytes > 0) this.#flush ??= setImmediate(this.#deliver);
    this.socket.resume();
  }

  handBack(unread: Uint8Array): Socket {
    const { socket } = this;
    this.release();
    socket.off('data', this.#onData);
    if (this.#flush !== null) clearImmediate(this.#flush);
    const rest = Buffer.concat([unread, this.#buffer.subarray(0, this.#gatheredBytes)]);
    if (socket.readableEnded) return replayBeforeEnd(socket, rest);
    socket.pause();
    if (rest.length > 0) socket.unshift(rest);
    (socket as { readableFlowing: boolean | null }).readableFlowing = null; // as a new one: its next reader sets it in motion
    return socket;
  }

  protected override hearEnd(): void {
    this.#deliver();
    if (this.released || this.socket.destroyed) return;
    this.#owesEnd = this.#gatheredBytes > 0;
    if (!this.#owesEnd) super.hearEnd();
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#buffer.length <= nodeReadBytes) {
      this.#hand(chunk, chunk.length);
      freeWhole(chunk);
      return;
    }
    chunk.copy(this.#buffer, this.#gatheredBytes);
    this.#gatheredBytes += chunk.length;
    freeWhole(chunk);
    if (this.#gatheredBytes >= Math.min(gatherBytes, this.#buffer.length - nodeReadBytes)) this.#deliver();
    else this.#flush ??= setImmediate(this.#deliver);
  };

  readonly #deliver = (): void => {
    if (this.#flush !== null) clearImmediate(this.#flush);
    this.#flush = null;
    const length = this.#gatheredBytes;
    if (length === 0 || this.#paused || this.socket.destroyed) return;
    this.#gatheredBytes = 0;
    this.#hand(this.#buffer, length);
    if (!this.#owesEnd || this.released || this.socket.destroyed) return;
    this.#owesEnd = false;
    super.hearEnd();
  };

  #hand(bytes: Buffer, length: number): void {
    const more = this.#reader.read(bytes, length);
    if (this.released || this.socket.destroyed) return;
    this.#buffer = this.#reader.buffer();
    if (!more) this.pause();
  }
}

/** A chunk of a full read owns 64 KB outside the heap: given back now, it costs no collection of everything (ES2024 transfer). */
function freeWhole(chunk: Buffer): void {
  if (chunk.length === nodeReadBytes && chunk.buffer.byteLength === nodeReadBytes)
    (chunk.buffer as ArrayBuffer).transfer(0);
}
