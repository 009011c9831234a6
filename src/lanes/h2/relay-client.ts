// A client that speaks HTTP/2: greeted if it waits for it, and sent to the relay or to node:http2 by its first request.
import type { Socket } from 'node:net';
import type { ConnectionHome } from '../../server/connection-home.ts';
import type { ClientSocket, SocketReader } from '../socket/lane-socket.ts';
import { errorCodes } from './error-codes.ts';
import { frameHeadBytes } from './frame-head.ts';

import { GreetedSocket } from './greeted-socket.ts';
import { Http2Fault } from './http2-fault.ts';
import { type Greeted, RelayConnection, type RelayConnectionParts } from './relay-connection.ts';
import { tellFault } from './relay-failures.ts';
import { RelayFloods } from './relay-floods.ts';
import { anyStream, goaway, greeting } from './relay-frames.ts';
import { preface, readBeforeHeaders, readOpening, saidSettings, sortPreliminaries } from './relay-opening.ts';
import { maxHeadBytes, RelayRequests } from './relay-request.ts';

/** A connection whose first bytes begin as the preface does; client/first-bytes.ts. */
export interface Http2Arrival {
  readonly socket: ClientSocket;
  readonly home: ConnectionHome;
  readonly bytes: Buffer;
  /** From here on `reader` hears of the connection. */
  take(reader: SocketReader): void;
}

/** Who takes a client, and hears when it is gone from here. */
export interface RelayClientEnds {
  node(socket: Socket): void;
  /** False: no further connection to the runtime; node:http2 shares some. */
  hasRoom(): boolean;
  relayed(client: RelayClient): void;
  /** Closed, or with node:http2. */
  gone(client: RelayClient): void;
}

/** A client that does not wait for our SETTINGS has its first request here by then. */
const firstRequestMs = 5;
/** What a client may say before its first request; beyond, it is ended. */
const maxReplayBytes = 65_536;
/** RFC 9113 6.9.1 and 6.9.2. */
const firstWindowBytes = 65_535;
const maxWindowBytes = 0x7fff_ffff;
const nothing: Buffer = Buffer.alloc(0);

/**
 * Ungreeted at first: nobody answered, and all that it said is unread. Greeted (`#replay` is not null) when it said nothing more than
 * its SETTINGS for a moment. From either it goes on to the relay (`#relay` is not null), or to node:http2: at once, or as soon as our
 * greeting has left (`#handOver`).
 */
export class RelayClient implements SocketReader {
  readonly #parts: RelayConnectionParts;
  readonly #ends: RelayClientEnds;
  readonly #client: ClientSocket;
  readonly #home: ConnectionHome;
  readonly #maxBlockBytes: number;
  #unread: Buffer = nothing; // from the preface on; once greeted, from the first frame that is not whole
  #replay: Buffer | null = null; // once greeted: what the runtime, or node:http2, is told in the client's name
  #acknowledged = 0; // SETTINGS of the client
  #owesAck = true; // of ours
  #windowBytes = firstWindowBytes; // of the connection, towards the client
  #floods: RelayFloods | null = null;
  #timer: NodeJS.Timeout | undefined;
  #relay: RelayConnection | null = null;
  #handOver = false; // to node:http2, as soon as the greeting has left
  #gone = false;

  constructor(parts: RelayConnectionParts, arrival: Http2Arrival, ends: RelayClientEnds) {
    this.#parts = parts;
    this.#client = arrival.socket;
    this.#home = arrival.home;
    this.#ends = ends;
    this.#maxBlockBytes = maxHeadBytes(parts.config);
  }

  get relayed(): boolean {
    return this.#relay !== null;
  }

  buffer(): Buffer {
    return this.#parts.buffers.shared;
  }

  read(bytes: Buffer, length: number): boolean {
    if (this.#relay !== null) return this.#relay.readClient(bytes, 0, length);
    return this.hear(bytes.subarray(0, length));
  }

  /** Also the first bytes, which somebody else read. They are copied. False: read no more. */
  hear(bytes: Buffer): boolean {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    if (this.#handOver) return false;
    if (this.#replay === null) this.#readUngreeted();
    else this.#readGreeted(this.#replay);
    return !this.#handOver; // a relay that must wait says so with the next read
  }

  ended(): void {
    if (this.#relay !== null) this.#relay.clientLeft();
    else this.#client.destroy();
  }

  drained(): void {
    if (this.#relay !== null) this.#relay.clientDrained();
    else if (this.#handOver) this.#giveToNode();
  }

  closed(): void {
    clearTimeout(this.#timer);
    this.#relay?.clientLeft();
    this.#leave();
  }

  askToLeave(): void {
    if (this.#relay !== null) this.#relay.askToLeave();
    else if (this.#replay !== null) this.#client.write(goaway(anyStream, errorCodes.NO_ERROR));
  }

  endWhenIdle(): void {
    if (this.#relay !== null) this.#relay.endWhenIdle();
    else if (this.#replay === null) this.#toNode();
    else {
      this.#client.write(goaway(0, errorCodes.NO_ERROR));
      this.#client.destroy();
    }
  }

  #readUngreeted(): void {
    const { next } = readOpening(this.#unread, this.#maxBlockBytes);
    if (next === 'odd') this.#toNode();
    else if (next === 'incomplete') this.#timer ??= setTimeout(() => this.#greet(), firstRequestMs);
    else if (this.#fits(next)) this.#startRelay(this.#unread, null);
    else this.#toNode();
  }

  #fits({ bytes, start, end }: { bytes: Buffer; start: number; end: number }): boolean {
    try {
      return new RelayRequests(this.#parts.config).read(bytes, start, end) && this.#ends.hasRoom();
    } catch (error) {
      if (error instanceof Http2Fault) return false;
      throw error;
    }
  }

  #greet(): void {
    if (this.#replay !== null || this.#gone || this.#handOver) return;
    if (!saidSettings(this.#unread)) {
      this.#toNode();
      return;
    }
    this.#client.write(greeting);
    this.#floods = new RelayFloods();
    this.#replay = preface;
    this.#unread = this.#unread.subarray(preface.length);
    this.#readGreeted(preface);
  }

  #readGreeted(said: Buffer): void {
    try {
      this.#sort(said);
    } catch (error) {
      if (!(error instanceof Http2Fault)) throw error;
      tellFault(error, this.#parts);
      this.#client.write(goaway(0, error.http2Code));
      this.#client.destroy();
      return;
    }
    const { next } = readBeforeHeaders(this.#unread, 0, this.#maxBlockBytes);
    const odd = next === 'odd' || this.#windowBytes > maxWindowBytes;
    if (next === 'incomplete' && !odd) return;
    const bytes = Buffer.concat([this.#replay as Buffer, this.#unread]);
    const greeted = { acknowledged: this.#acknowledged, owesAck: this.#owesAck };
    if (typeof next === 'object' && !odd && this.#fits(next)) this.#startRelay(bytes, greeted);
    else this.#toNode();
  }

  /** Answers what came before the first request. @throws Http2Fault ENHANCE_YOUR_CALM */
  #sort(said: Buffer): void {
    const { end } = readBeforeHeaders(this.#unread, 0, this.#maxBlockBytes);
    if (end === 0) return;
    const sorted = sortPreliminaries(this.#unread, 0, end);
    for (let count = 0; count < sorted.frames; count++) this.#floods?.idleFrame();
    if (said.length + sorted.replay.length > maxReplayBytes) {
      throw new Http2Fault('ENHANCE_YOUR_CALM', 'too much before the first request');
    }
    if (sorted.replies.length >= frameHeadBytes) this.#client.write(sorted.replies);
    this.#windowBytes += sorted.windowBytes;
    if (sorted.acks > 0) this.#owesAck = false;
    this.#acknowledged += sorted.settings;
    if (sorted.replay.length > 0) this.#replay = Buffer.concat([said, sorted.replay]);
    this.#unread = Buffer.from(this.#unread.subarray(end));
  }

  #startRelay(bytes: Buffer, greeted: Greeted | null): void {
    clearTimeout(this.#timer);
    this.#unread = nothing;
    this.#replay = null;
    this.#relay = new RelayConnection(this.#parts, this.#client, greeted);
    this.#ends.relayed(this);
    this.#relay.begin(bytes);
  }

  #toNode(): void {
    clearTimeout(this.#timer);
    this.#handOver = true;
    if (this.#client.pending) this.#client.pause();
    else this.#giveToNode();
  }

  #giveToNode(): void {
    this.#handOver = false;
    this.#leave();
    const replay = this.#replay ?? nothing;
    const socket = this.#client.handBack(Buffer.concat([replay, this.#unread]));
    if (socket !== this.#client.socket) this.#home.movedTo(socket);
    if (this.#replay === null) {
      this.#ends.node(socket);
      return;
    }
    const acks = { toRead: this.#owesAck ? 1 : 0, toWrite: this.#acknowledged };
    this.#ends.node(new GreetedSocket(socket, acks) as unknown as Socket);
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#ends.gone(this);
  }
}
