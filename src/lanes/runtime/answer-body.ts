// The streamed body of an answer: reads of the connection lent to the client's end, and given up only when nobody reads them any more.
import { LentBody, type LentSource } from '../../http/lent-body.ts';
import type { ReadBuffers } from '../socket/read-buffers.ts';
import type { AnswerReader } from './answer-reader.ts';
import type { RuntimeConnection } from './connection.ts';

export class AnswerBody implements LentSource {
  readonly stream: LentBody;
  readonly #connection: RuntimeConnection;
  readonly #buffers: ReadBuffers;
  readonly #unread: () => void;
  #held = false; // the chunk given last is not free yet, or more than the stream wants
  #kept: Buffer | null = null; // the buffer of that chunk, when the connection needs another
  #complete = false;

  /** `unread`: nobody reads the rest. */
  constructor(connection: RuntimeConnection, buffers: ReadBuffers, unread: () => void) {
    this.#connection = connection;
    this.#buffers = buffers;
    this.#unread = unread;
    this.stream = new LentBody(this);
  }

  get held(): boolean {
    return this.#held;
  }

  /** Hands on the body bytes of the last read; false: read no more until they are free. */
  give({ bytes, dataStart, dataEnd }: AnswerReader): boolean {
    if (dataStart === dataEnd) return true;
    const chunk = bytes.subarray(dataStart, dataEnd);
    // The next read of any connection lands in the shared buffer.
    const lasting = bytes === this.#buffers.shared ? Buffer.from(chunk) : chunk;
    this.#held = true; // before it is given: it may be free at once
    if (this.stream.give(lasting)) this.#held = false;
    return !this.#held;
  }

  /** The last byte was given. The connection is free; the buffer is when that byte has left. */
  finish(): void {
    this.#complete = true;
    if (this.#held) this.#kept = this.#connection.takeBuffer();
    else this.stream.finish();
  }

  fail(error: Error): void {
    if (this.#held) this.#kept = this.#connection.takeBuffer();
    this.stream.fail(error);
    this.#forsake();
  }

  resume(): void {
    if (!this.#held) return;
    this.#held = false;
    if (!this.#complete) {
      this.#connection.socket.resume();
      return;
    }
    this.#giveBack();
    this.stream.finish();
  }

  abandon(): void {
    if (this.#complete) this.#forsake();
    else this.#unread();
  }

  /** Somebody may still write a chunk of it, and does not tell any more when it has left. */
  #forsake(): void {
    if (this.#kept !== null) this.#buffers.lose(this.#kept);
    this.#kept = null;
  }

  #giveBack(): void {
    const kept = this.#kept;
    this.#kept = null;
    if (kept !== null) this.#buffers.giveBack(kept);
  }
}
