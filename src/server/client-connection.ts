// One HTTP/1.1 connection of a client: what is owed on it, and how it ends so that no reset overtakes an answer.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { OutriggerError } from '../errors.ts';
import { Client } from '../http/client.ts';
import { noFields } from '../http/header-block.ts';
import type { Metrics } from '../metrics.ts';
import { watchHalfClose } from './half-close.ts';
import { writeInformational } from './http1-answer.ts';
import { endWithError } from './raw-refusal.ts';

/** A client that is still sending its request when the answer is complete is listened to for so long, then cut. */
const uploadMs = 10_000;
/** A client whose request is complete has so long to read its answer and to close. */
const readAnswerMs = 1000;

/** Who handles the request read last. */
export interface RequestReader {
  /** Its answer may have to end the connection: it expects a 100 that was not sent (node closes behind such an answer). */
  readonly undecided: boolean;
  /** The rest of the request will never come: answers with the error, or breaks the answer that has begun. */
  requestBroken(error: OutriggerError): void;
}

export class ClientConnection {
  /** What the stages see of this connection. */
  readonly client = new Client(false);
  readonly #socket: Socket;
  readonly #metrics: Metrics;
  #incoming: IncomingMessage | null = null; // of the request read last: answers leave in the order of requests
  #outgoing: ServerResponse | null = null;
  #reader: RequestReader | null = null;
  #ending = false;
  #dropped = false;

  constructor(socket: Socket, metrics: Metrics) {
    this.#socket = socket;
    this.#metrics = metrics;
    socket.once('close', () => this.client.close());
    // node:http calls it behind a last answer, and would close the connection with bytes of the client unread: a reset.
    socket.destroySoon = () => this.#endGently();
    watchHalfClose(socket, () => {
      if (this.#outgoing !== null && !this.#ending) writeInformational(this.#outgoing, 100, noFields);
    });
  }

  /** True behind a request that is, or may have to be, answered by `Connection: close`: what follows is not read as one. */
  refusesMore(): boolean {
    if (!this.#ending && this.#reader?.undecided === true) {
      this.#ending = true;
      this.#dropped = true;
    }
    return this.#ending;
  }

  /** A request was not read behind one that was undecided, whose answer must be the last one now. */
  get dropped(): boolean {
    return this.#dropped;
  }

  began(incoming: IncomingMessage, outgoing: ServerResponse): void {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#reader = null;
  }

  set reader(reader: RequestReader) {
    this.#reader = reader;
  }

  /** True when no further request was read behind this one. */
  isLast(outgoing: ServerResponse): boolean {
    return outgoing === this.#outgoing;
  }

  /** The answer that is about to be written is the last one. */
  endsWithThisAnswer(): void {
    this.#ending = true;
  }

  /** The upload goes on though its answer is complete: it is read and dropped, then the connection may be used again. */
  dropUpload(incoming: IncomingMessage): void {
    incoming.resume();
    const cut = setTimeout(() => this.#socket.destroy(), uploadMs).unref();
    incoming.once('close', () => clearTimeout(cut));
  }

  /** The parser gave up, or waited too long: nothing that comes from here on is a request. */
  unreadable(error: OutriggerError): void {
    if (this.#ending) return;
    this.#ending = true;
    const [incoming, outgoing] = [this.#incoming, this.#outgoing];
    if (incoming === null || outgoing === null) endWithError(this.#socket, error, this.#metrics);
    else if (incoming.complete) this.#afterAnswers(() => endWithError(this.#socket, error, this.#metrics));
    else if (!outgoing.writableEnded && this.#reader !== null) this.#reader.requestBroken(error);
    else this.#afterAnswers(() => this.#endGently());
  }

  /** Another protocol, or none, begins behind the answers owed. */
  handOver(take: () => void): void {
    this.#ending = true;
    this.#afterAnswers(() => {
      Reflect.deleteProperty(this.#socket, 'destroySoon'); // node's own again
      take();
    });
  }

  #afterAnswers(next: () => void): void {
    const outgoing = this.#outgoing;
    if (outgoing === null || outgoing.closed) next();
    else {
      outgoing.once('close', () => {
        if (this.#socket.writable) next(); // else that answer was the last one anyway, or the client is gone
      });
    }
  }

  #endGently(): void {
    const socket = this.#socket;
    this.#ending = true;
    socket.end();
    socket.resume();
    const patienceMs = this.#incoming?.complete === false ? uploadMs : readAnswerMs;
    const cut = setTimeout(() => socket.destroy(), patienceMs).unref();
    socket.once('close', () => clearTimeout(cut));
  }
}
