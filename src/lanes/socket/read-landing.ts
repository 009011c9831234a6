// node:net's `onread` for a reader of ours, until the reader shall hear nothing any more.
import type { OnReadOpts } from 'node:net';
import type { SocketReader } from './lane-socket.ts';

export class ReadLanding implements OnReadOpts {
  readonly #reader: SocketReader;
  #last: Buffer | null = null;
  #deaf = false;

  constructor(reader: SocketReader) {
    this.#reader = reader;
  }

  /** Node asks for a buffer behind every read, also when the reader destroyed the socket or gave it away inside `read`. */
  readonly buffer = (): Buffer => {
    if (!this.#deaf || this.#last === null) this.#last = this.#reader.buffer();
    return this.#last;
  };

  /** What a reader answers that has just let go of the connection must not stop the reads of its next owner. */
  readonly callback = (length: number, bytes: Uint8Array): boolean =>
    this.#deaf || this.#reader.read(bytes as Buffer, length) || this.#deaf;

  silence(): void {
    this.#deaf = true;
  }
}
