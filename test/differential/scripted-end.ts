// The runtime of one way: takes every strict request, answers with the bytes of the case at hand, and keeps what it was sent.
import { createServer, type Server, type Socket } from 'node:net';
import { readSentRequests } from '../support/strict-request.ts';
import type { GeneratedAnswer } from './answer-grammar.ts';
import { sendInPieces } from './send-in-pieces.ts';

/** An answer may be cut short on purpose: the connection behind it is ended when nothing more happens for so long. */
const patienceMs = 80;

interface Connection {
  readonly socket: Socket;
  bytes: string;
  answered: number;
  end: NodeJS.Timeout | undefined;
}

export class ScriptedEnd {
  readonly #server: Server;
  #answer: GeneratedAnswer = { bytes: '', cuts: [], ending: 'ends' };
  #connections: Connection[] = []; // of the case at hand, and older ones that are open
  #unsound: string | null = null;
  #progress = (): void => undefined;

  constructor() {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as { port: number }).port;
  }

  /** `progress` hears of every piece that comes and goes. */
  begin(answer: GeneratedAnswer, progress: () => void): void {
    this.#answer = answer;
    this.#progress = progress;
    this.#unsound = null;
    this.#connections = this.#connections.filter(({ socket }) => !socket.destroyed);
    for (const connection of this.#connections) {
      connection.bytes = '';
      connection.answered = 0;
    }
  }

  /** @throws when bytes came that no strict recipient would take */
  received() {
    if (this.#unsound !== null) throw new Error(this.#unsound);
    return this.#connections.flatMap(({ bytes }) => readSentRequests(bytes)).filter(({ complete }) => complete);
  }

  close(): void {
    this.#server.close();
    for (const { socket } of this.#connections) socket.destroy();
  }

  #accept(socket: Socket): void {
    const connection: Connection = { socket, bytes: '', answered: 0, end: undefined };
    this.#connections.push(connection);
    socket.setEncoding('latin1');
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.end());
    socket.on('data', (text: string) => {
      connection.bytes += text;
      this.#progress();
      this.#answerWhole(connection);
    });
  }

  #answerWhole(connection: Connection): void {
    let whole = 0;
    try {
      whole = readSentRequests(connection.bytes).filter(({ complete }) => complete).length;
    } catch (error) {
      // A head that is not all there yet is no fault.
      if (connection.bytes.includes('\r\n\r\n')) this.#unsound = String(error);
      return;
    }
    for (; connection.answered < whole; connection.answered++) this.#send(connection);
  }

  #send(connection: Connection): void {
    const { socket } = connection;
    const { bytes, cuts, ending } = this.#answer;
    clearTimeout(connection.end);
    sendInPieces(socket, { bytes, cuts }, this.#progress, () => {
      if (ending === 'ends') socket.end();
      else if (ending === 'resets') socket.resetAndDestroy();
      else connection.end = setTimeout(() => socket.end(), patienceMs).unref();
    });
  }
}
