// A relay over lane sockets that lends, exchanges and gives back its read buffers at random moments, by their rules.
import { connectSocket } from '../../src/lanes/socket/connect-socket.ts';
import type { ClientSocket, LaneSocket, SocketReader } from '../../src/lanes/socket/lane-socket.ts';
import type { ReadBuffers } from '../../src/lanes/socket/read-buffers.ts';

export interface RelayParts {
  readonly buffers: ReadBuffers;
  readonly targetPort: number;
  /** True or false, at random: shall the next read land in a private buffer? */
  wantPrivate(): boolean;
}

/** The client's side of the relay; what it reads goes to the target, whose answer comes back. */
export class RelayReader implements SocketReader {
  client: ClientSocket | null = null;
  readonly #parts: RelayParts;
  readonly #target: LaneSocket;
  #private: Buffer | null = null;
  #over = false; // nothing lands in the private buffer any more

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#target = connectSocket({ host: '127.0.0.1', port: parts.targetPort }, new AnswerReader(this));
  }

  buffer(): Buffer {
    const { buffers, wantPrivate } = this.#parts;
    if (this.#private !== null && !this.#target.pending && !wantPrivate()) this.#giveBack();
    else if (this.#private === null && wantPrivate()) this.#private = buffers.lend();
    return this.#private ?? buffers.shared;
  }

  read(bytes: Buffer, length: number): boolean {
    const view = bytes.subarray(0, length);
    return this.#target.write(bytes === this.#private ? view : Buffer.from(view));
  }

  ended(): void {
    this.#target.end();
  }

  drained(): void {
    // the answers are short
  }

  closed(): void {
    this.#over = true;
    if (!this.#target.pending) this.#giveBack();
    if (!this.#target.socket.writableEnded) this.#target.destroy();
  }

  targetDrained(): void {
    if (this.#over) this.#giveBack();
    else this.client?.resume();
  }

  targetClosed(): void {
    if (this.#over) this.#giveBack();
    else this.client?.end();
  }

  #giveBack(): void {
    if (this.#private !== null) this.#parts.buffers.giveBack(this.#private);
    this.#private = null;
  }
}

class AnswerReader implements SocketReader {
  readonly #relay: RelayReader;
  readonly #landing = Buffer.alloc(1024);

  constructor(relay: RelayReader) {
    this.#relay = relay;
  }

  buffer(): Buffer {
    return this.#landing;
  }

  read(bytes: Buffer, length: number): boolean {
    this.#relay.client?.write(Buffer.from(bytes.subarray(0, length)));
    return true;
  }

  ended(): void {
    this.#relay.client?.end();
  }

  drained(): void {
    this.#relay.targetDrained();
  }

  closed(): void {
    this.#relay.targetClosed();
  }
}
