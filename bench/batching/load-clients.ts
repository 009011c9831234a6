// The clients of the batch scenarios: keep-alive connections over node:net, each with one request under way, every answer compared
// with the one that its own request must get. One wrong or failed answer fails the run.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { MessageReader } from './message-reader.ts';
import type { Call } from './workloads.ts';

/** Milliseconds from the write of a request to its whole answer. */
export type OnAnswer = (tookMs: number) => void;

const SHOWN_BYTES = 400;

export class LoadClient {
  readonly #socket: Socket;
  readonly #fail: (error: Error) => void;
  #call: Call | null = null;
  #sentAtMs = 0;
  #onAnswer: OnAnswer = () => undefined;
  #closed = false;

  private constructor(socket: Socket, fail: (error: Error) => void) {
    this.#socket = socket;
    this.#fail = fail;
    const reader = new MessageReader((head, body) => this.#answered(head, body));
    socket.on('data', (chunk) => reader.read(chunk));
    socket.on('error', (error) => this.#lost(error));
    socket.on('close', () => this.#lost(new Error('the connection was closed')));
  }

  static async open(port: number, fail: (error: Error) => void): Promise<LoadClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new LoadClient(socket, fail);
  }

  get busy(): boolean {
    return this.#call !== null;
  }

  send(call: Call, onAnswer: OnAnswer): void {
    this.#call = call;
    this.#onAnswer = onAnswer;
    this.#sentAtMs = performance.now();
    if (call.parts.length === 1) {
      this.#socket.write(call.parts[0]!);
      return;
    }
    this.#socket.cork();
    for (const part of call.parts) this.#socket.write(part);
    this.#socket.uncork();
  }

  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }

  #answered(head: string, body: Buffer): void {
    const tookMs = performance.now() - this.#sentAtMs;
    const call = this.#call;
    this.#call = null;
    if (call === null) this.#fail(new Error('an answer that nobody asked for'));
    else if (!head.startsWith('HTTP/1.1 200 ') || !call.expected.equals(body)) {
      const [expected, got] = [call.expected, body].map((each) => each.toString('latin1', 0, SHOWN_BYTES));
      this.#fail(new Error(`expected ${expected}\ngot ${head.split('\r\n')[0]} ${got}`));
    } else this.#onAnswer(tookMs);
  }

  #lost(error: Error): void {
    if (!this.#closed) this.#fail(error);
  }
}
