// One HTTP/1.1 connection of a client in the lane: requests one by one, what is owed on it, and an end that lets no reset overtake an answer.
import type { OutriggerError } from '../../errors.ts';
import { Client } from '../../http/client.ts';
import { emptyBody } from '../../http/small-body.ts';
import type { ConnectionHome } from '../../server/connection-home.ts';
import { watchHalfClose } from '../../server/half-close.ts';
import { endWithError } from '../../server/raw-refusal.ts';
import type { ClientSocket, SocketReader } from '../socket/lane-socket.ts';
import { ChunkError } from '../wire/chunk-reader.ts';
import { type BodySource, beginBody } from './begin-body.ts';
import { ClientExchange, type ClientExchangeParts, type ExchangeHost } from './exchange.ts';
import { HeadReader } from './head-reader.ts';
import { HeldBytes } from './held-bytes.ts';
import { ReadPlace } from './read-place.ts';
import { requestCut, slowHead, unreadableBody } from './refusals.ts';
import type { Swept } from './sweep.ts';
import { clientGone, type Upload } from './upload.ts';

export interface ClientConnectionParts extends ClientExchangeParts {
  /** node:http goes on with the connection, whose unread bytes are back in the socket. */
  handOver(socket: ClientSocket['socket'], home: ConnectionHome): void;
}

interface Arrived {
  readonly home: ConnectionHome;
  readonly socket: ClientSocket;
}

/** A client that is still sending its request when the answer is complete is listened to for so long, then cut. */
const uploadMs = 10_000;
/** A client whose request is complete has so long to read its answer and to close. */
const readAnswerMs = 1000;
/** What node adds to the time that it names (http.Server.keepAliveTimeoutBuffer), against requests that cross the close. */
const keepAliveGraceMs = 1000;
/** Bytes of further requests behind the one being answered; with more of them here, nothing is read until it is. */
const maxHeldBytes = 65_536;

export class ClientConnection implements SocketReader, Swept, ExchangeHost, BodySource {
  readonly parts: ClientConnectionParts;
  readonly socket: ClientSocket;
  /** What the stages see of this connection. */
  readonly client = new Client(false);
  readonly place: ReadPlace;
  /** Of the request read last: to its end bytes are its own, also when its answer is complete already. */
  upload: Upload | null = null;
  readonly #home: ConnectionHome;
  readonly #over: (connection: Swept) => void;
  readonly #heads: HeadReader;
  readonly #held = new HeldBytes();
  #exchange: ClientExchange | null = null;
  #ending = false;
  #broken = false; // an upload did not come to its end
  #clientEnded = false;
  #stopped = false; // reading, for what is held
  #sinceMs = performance.now(); // idle, or since the first bytes of a head that is not complete
  #cutAtMs = Number.POSITIVE_INFINITY;

  constructor({ home, socket }: Arrived, parts: ClientConnectionParts, over: (connection: Swept) => void) {
    this.parts = parts;
    this.socket = socket;
    this.place = new ReadPlace(parts.buffers);
    this.#home = home;
    this.#over = over;
    this.#heads = new HeadReader(parts.config, socket.socket.remoteAddress);
    watchHalfClose(socket.socket, () => {
      if (!this.#ending) this.#exchange?.askForLife();
    });
  }

  get ending(): boolean {
    return this.#ending;
  }

  get isLast(): boolean {
    return this.#held.length === 0;
  }

  endsWithThisAnswer(): void {
    this.#ending = true;
  }

  buffer(): Buffer {
    return this.place.next();
  }

  read(bytes: Buffer, length: number): boolean {
    if (this.#ending && this.upload === null) return true; // behind a last answer: no request any more
    if (this.upload !== null) this.#readUpload(this.upload, bytes, length);
    else if (this.#exchange !== null) this.#held.add(bytes, 0, length);
    else this.#serve(bytes, 0, length);
    if (this.#exchange !== null && this.#held.length > maxHeldBytes) this.#stopped = true;
    return !this.#stopped && this.upload?.stalled !== true;
  }

  keepRest(bytes: Buffer, start: number, end: number): void {
    this.#held.keep(bytes, start, end);
  }

  ended(): void {
    if (this.upload !== null) this.#breakRequest(requestCut());
    else if (this.#exchange !== null) this.#clientEnded = true;
    else if (this.#held.length > 0) this.#refuse(requestCut());
    else if (!this.#ending) this.#endGently();
  }

  drained(): void {
    if (this.#exchange !== null) this.#exchange.drained();
    else if (!this.#ending && this.upload === null) this.#next();
  }

  closed(): void {
    this.#exchange?.clientGone();
    this.upload?.fail(clientGone());
    this.#leave();
  }

  exchangeOver(): void {
    this.#exchange = null;
    if (this.#ending) this.#endGently();
    else if (this.upload === null) this.#next();
    else {
      this.#cutAtMs = performance.now() + uploadMs;
      this.upload.drop();
    }
  }

  sweep(nowMs: number): void {
    const { headersTimeoutMs, keepAliveTimeoutMs } = this.parts.config;
    const waitedMs = nowMs - this.#sinceMs;
    if (nowMs >= this.#cutAtMs) this.socket.destroy();
    else if (this.#exchange !== null || this.upload !== null || this.#ending) return;
    else if (this.#held.length > 0) {
      if (waitedMs >= headersTimeoutMs) this.#refuse(slowHead());
    } else if (keepAliveTimeoutMs > 0 && waitedMs >= keepAliveTimeoutMs + keepAliveGraceMs) this.socket.destroy();
  }

  /** A client that sent a part of a request may go on. */
  endIfIdle(): void {
    if (this.#exchange === null && this.upload === null && this.#held.length === 0) this.socket.destroy();
  }

  #serve(bytes: Buffer, start: number, end: number): void {
    const held = this.#held;
    if (held.length > 0 && bytes !== held.bytes) {
      held.add(bytes, start, end);
      this.#serve(held.bytes, held.start, held.end);
      return;
    }
    const head = this.#heads.read(bytes, start, end);
    if (head === 'incomplete') {
      this.#held.keep(bytes, start, end);
      if (this.#heads.begun) this.#sinceMs = performance.now();
      if (this.#clientEnded) this.#refuse(requestCut());
      return;
    }
    if (head === 'unusual') {
      this.#handOver(bytes, start, end);
      return;
    }
    this.#exchange = new ClientExchange(this, head);
    try {
      beginBody(this, this.#exchange, head, { bytes, start: start + head.bytes, end });
      if (this.#clientEnded && this.upload !== null) this.#breakRequest(requestCut()); // the rest will never come
    } catch (error) {
      if (!(error instanceof ChunkError)) throw error;
      this.#breakRequest(unreadableBody(error));
    }
  }

  #readUpload(upload: Upload, bytes: Buffer, length: number): void {
    try {
      const stop = upload.take(bytes, 0, length);
      if (!upload.done) return;
      this.upload = null;
      this.#held.keep(bytes, stop, length);
    } catch (error) {
      if (!(error instanceof ChunkError)) throw error;
      this.#breakRequest(unreadableBody(error));
      return;
    }
    const answered = this.#exchange === null;
    upload.finish();
    if (answered) this.#next();
  }

  /** The rest of the request will never come, and nothing that comes from here on is a request. */
  #breakRequest(error: OutriggerError): void {
    const { upload } = this;
    const exchange = this.#exchange;
    this.#ending = true;
    this.#broken = true;
    this.upload = null;
    upload?.fail(error);
    if (exchange === null) this.#endGently();
    else if (!exchange.answered) exchange.requestBroken(error);
  }

  /** Nothing is owed: the next request, if some of it is here already. */
  #next(): void {
    const held = this.#held;
    this.#sinceMs = performance.now();
    this.#cutAtMs = Number.POSITIVE_INFINITY;
    if (this.#stopped) {
      this.#stopped = false;
      this.socket.resume();
    }
    if (held.length > 0) this.#serve(held.bytes, held.start, held.end);
    else if (this.#clientEnded) this.#endGently();
  }

  /** Nothing of the request that begins there was acted upon. */
  #handOver(bytes: Buffer, start: number, end: number): void {
    if (this.socket.pending) {
      this.#held.keep(bytes, start, end); // until drained()
      return;
    }
    const socket = this.#takeBack(bytes.subarray(start, end));
    this.parts.handOver(socket, this.#home);
  }

  /** A head that was plain as far as it came, and comes no further. */
  #refuse(error: OutriggerError): void {
    endWithError(this.#takeBack(emptyBody), error, this.parts.metrics);
  }

  #takeBack(unread: Uint8Array): ClientSocket['socket'] {
    const socket = this.socket.handBack(unread);
    this.#leave();
    if (socket !== this.socket.socket) this.#home.movedTo(socket);
    return socket;
  }

  #endGently(): void {
    this.#ending = true;
    this.#held.clear();
    this.#cutAtMs = performance.now() + (this.#broken || this.upload !== null ? uploadMs : readAnswerMs);
    this.upload?.drop();
    this.upload = null;
    this.socket.end();
    this.socket.resume();
  }

  #leave(): void {
    this.upload = null;
    this.#held.clear();
    this.place.close();
    this.client.close();
    this.#over(this);
  }
}
