// A connection that was greeted already, as node:http2 can take it over: neither side sees an acknowledgement that it does not expect.
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { AckDropper } from './ack-dropper.ts';
import { preface } from './relay-opening.ts';

export interface GreetedAcks {
  /** Of the client, for our SETTINGS; still to come. */
  readonly toRead: number;
  /** Of node:http2, for SETTINGS that the client was told to be acknowledged. */
  readonly toWrite: number;
}

/** The parts of a Socket that server/http2.ts and node:http2 ask for. */
export class GreetedSocket extends Duplex {
  readonly #socket: Socket;
  readonly #read: AckDropper;
  readonly #write: AckDropper;

  /** `socket` begins with the preface once more. */
  constructor(socket: Socket, acks: GreetedAcks) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#read = new AckDropper(acks.toRead, preface.length);
    this.#write = new AckDropper(acks.toWrite);
    socket.on('data', (chunk: Buffer) => {
      const bytes = this.#read.pass(chunk);
      if (bytes.length > 0 && !this.push(bytes)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#socket.remotePort;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const bytes = this.#write.pass(chunk);
    if (bytes.length === 0) done();
    else this.#socket.write(bytes, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
