// HTTP/1.1 or HTTP/2 with prior knowledge? The first bytes of a connection tell who reads it from then on.
import type { Socket } from 'node:net';
import type { ConnectionHome } from '../../server/connection-home.ts';
import type { LaneTools } from '../lane-tools.ts';
import { acceptSocket } from '../socket/accept-socket.ts';
import type { ClientSocket, SocketReader } from '../socket/lane-socket.ts';
import type { Swept } from './sweep.ts';

/** Three bytes tell: no HTTP/1.1 method begins with PRI (RFC 9113 3.4). */
const http2Preface = 'PRI';

export interface FirstBytesParts {
  readonly tools: LaneTools;
  /** A connection that has not said three bytes by then is closed. */
  readonly timeoutMs: number;
  /** Reads are libuv's own, and one of its polls has room for all clients (../read-moment.ts). */
  readonly readsAtPoll: boolean;
  /** It speaks HTTP/1.1: who reads it from here on. */
  http1(client: FirstBytes): SocketReader;
  /** It speaks HTTP/2: to be taken, or handed back, within this call. */
  http2(client: FirstBytes): void;
  /** It is not the lane's to watch any more: taken, handed back, or closed. */
  over(client: FirstBytes): void;
}

export class FirstBytes implements SocketReader, Swept {
  readonly home: ConnectionHome;
  readonly socket: ClientSocket;
  readonly #parts: FirstBytesParts;
  readonly #sinceMs = performance.now();
  #seen: Buffer = Buffer.alloc(0);
  #reader: SocketReader | null = null;

  constructor(socket: Socket, home: ConnectionHome, parts: FirstBytesParts) {
    this.home = home;
    this.#parts = parts;
    this.socket = acceptSocket(socket, this, parts.tools.way);
    if (this.socket.socket !== socket) home.movedTo(this.socket.socket);
  }

  /** All that came so far. Of HTTP/2: at least its first three bytes. */
  get bytes(): Buffer {
    return this.#seen;
  }

  /** Not one byte came. */
  get silent(): boolean {
    return this.#seen.length === 0;
  }

  /** From here on `reader` hears of the connection; `bytes` it must have from here. */
  take(reader: SocketReader): ClientSocket {
    this.#reader = reader;
    this.#parts.over(this);
    return this.socket;
  }

  /** The connection as a public socket, with all its bytes unread. */
  handBack(): Socket {
    const socket = this.socket.handBack(this.#seen);
    this.#parts.over(this);
    if (socket !== this.socket.socket) this.home.movedTo(socket);
    return socket;
  }

  buffer(): Buffer {
    return this.#reader === null ? this.#parts.tools.buffers.shared : this.#reader.buffer();
  }

  read(bytes: Buffer, length: number): boolean {
    const { reading } = this.#parts.tools;
    reading.now = this.#parts.readsAtPoll;
    try {
      return this.#reader === null ? this.#readFirst(bytes, length) : this.#reader.read(bytes, length);
    } finally {
      reading.now = false;
    }
  }

  #readFirst(bytes: Buffer, length: number): boolean {
    const piece = bytes.subarray(0, length);
    const all = this.silent ? piece : Buffer.concat([this.#seen, piece]);
    if (all.length >= http2Preface.length && all.toString('latin1', 0, http2Preface.length) !== http2Preface) {
      this.home.told('http1');
      const reader = this.#parts.http1(this);
      this.take(reader);
      return reader.read(all, all.length);
    }
    this.#seen = Buffer.from(all);
    if (all.length < http2Preface.length) return true;
    this.home.told('http2');
    this.#parts.http2(this);
    return true;
  }

  ended(): void {
    if (this.#reader !== null) this.#reader.ended();
    else this.socket.destroy(); // nothing, or less than any request
  }

  drained(): void {
    this.#reader?.drained();
  }

  closed(error: Error | null): void {
    if (this.#reader === null) this.#parts.over(this);
    else this.#reader.closed(error);
  }

  sweep(nowMs: number): void {
    if (nowMs - this.#sinceMs >= this.#parts.timeoutMs) this.socket.destroy();
  }
}
