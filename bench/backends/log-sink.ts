// A sink that only counts: events are told apart by their framing and never read. It can stand still, as a sink that hangs does:
// connections are accepted, nothing is read from them, nothing is answered.
// argv: port, port of the counts (GET /counts, /stall, /resume)

import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { MessageReader } from '../batching/message-reader.ts';

const ACCEPTED = Buffer.from('HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n');
const BATCH_TYPE = 'application/cloudevents-batch+json';
const EVENT_MARK = '"specversion"'; // each event of a batch has it once; the payloads of the scenarios never do

class LogSink {
  readonly #sockets = new Set<Socket>();
  #stalled = false;
  #requests = 0;
  #events = 0;
  #bytes = 0;

  accept(socket: Socket): void {
    this.#sockets.add(socket);
    const reader = new MessageReader((head, body) => {
      this.#count(head, body);
      socket.write(ACCEPTED);
    });
    socket.on('data', (chunk) => reader.read(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    if (this.#stalled) socket.pause();
  }

  /** What is asked on the second port. */
  answer(path: string | undefined): string {
    if (path === '/stall') this.#stall(true);
    if (path === '/resume') this.#stall(false);
    return JSON.stringify({ requests: this.#requests, events: this.#events, bytes: this.#bytes });
  }

  #count(head: string, body: Buffer): void {
    this.#requests++;
    this.#bytes += body.length;
    this.#events += head.includes(BATCH_TYPE) ? marksIn(body) : 1;
  }

  #stall(stalled: boolean): void {
    this.#stalled = stalled;
    for (const socket of this.#sockets) {
      if (stalled) socket.pause();
      else socket.resume();
    }
  }
}

function marksIn(body: Buffer): number {
  let count = 0;
  for (let at = body.indexOf(EVENT_MARK); at >= 0; at = body.indexOf(EVENT_MARK, at + EVENT_MARK.length)) count++;
  return count;
}

const [port, countsPort] = process.argv.slice(2).map(Number);
const sink = new LogSink();
createHttpServer((request, response) => response.end(sink.answer(request.url))).listen(countsPort, '127.0.0.1', () => {
  createServer({ noDelay: true }, (socket) => sink.accept(socket)).listen(port, '127.0.0.1');
});
