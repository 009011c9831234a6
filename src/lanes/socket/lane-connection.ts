// What every lane socket does alike: writes that tell when their bytes are free, ends that are told once.
import type { Socket } from 'node:net';
import type { LaneSocket, SocketReader } from './lane-socket.ts';

/** Written behind bytes that did not leave at once: its callback tells when they have. */
const marker = new Uint8Array(0);

const ignore = (): void => undefined;

/** An error that comes before its next owner listens must not end the process; it still closes the socket. */
export function tolerateErrors(socket: Socket): Socket {
  return socket.on('error', ignore);
}

export class LaneConnection implements LaneSocket {
  readonly socket: Socket;
  readonly #reader: SocketReader;
  #released = false;
  #owesDrained = false; // a write returned false since the last drained()
  #endBehindWrites = false;
  #error: Error | null = null;

  /** `socket` is node's own and nobody else listens yet. */
  constructor(socket: Socket, reader: SocketReader) {
    this.socket = socket;
    this.#reader = reader;
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  get pending(): boolean {
    return this.socket.writableLength > 0;
  }

  write(bytes: Uint8Array): boolean {
    const { socket } = this;
    if (socket.destroyed) return true; // closed() tells
    if (socket.writableLength > 0) {
      this.#owesDrained = true;
      socket.write(bytes, this.#onWritten);
      return false;
    }
    // Without a callback a write that the kernel takes whole costs no turn of node's queue.
    socket.write(bytes);
    if (socket.writableLength === 0) return true;
    this.#owesDrained = true;
    socket.write(marker, this.#onWritten);
    return false;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    // With `onread` this starts the handle at once; Socket.resume() would do it again a turn later, against a pause in between.
    this.socket.read(0);
  }

  end(): void {
    // Behind a shutdown that waits for writes no reset is possible any more (libuv's uv_tcp_close_reset): it is asked for when they left.
    if (this.pending) this.#endBehindWrites = true;
    else this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  reset(): void {
    const { socket } = this;
    if (socket.destroyed) return;
    if (socket.connecting) socket.destroy();
    else if (socket.writableEnded && !socket.writableFinished) socket.once('finish', () => socket.resetAndDestroy());
    else socket.resetAndDestroy();
  }

  /** The reader hears nothing any more. */
  protected release(): void {
    this.#released = true;
    this.socket.off('end', this.#onEnd);
    this.socket.off('error', this.#onError);
    this.socket.off('close', this.#onClose);
    tolerateErrors(this.socket);
  }

  protected get released(): boolean {
    return this.#released;
  }

  protected hearEnd(): void {
    this.#reader.ended();
  }

  readonly #onWritten = (error?: Error | null): void => {
    if (!this.#owesDrained || this.#released || this.pending || error) return;
    this.#owesDrained = false;
    if (this.#endBehindWrites) this.socket.end();
    this.#reader.drained();
  };

  readonly #onEnd = (): void => {
    this.hearEnd();
  };

  readonly #onError = (error: Error): void => {
    this.#error ??= error;
  };

  readonly #onClose = (): void => {
    this.#reader.closed(this.#error);
  };
}
