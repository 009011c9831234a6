// The body of a request that is not all there yet: collected when it is small, lent on as it comes otherwise.
import { OutriggerError } from '../../errors.ts';
import type { Trailers } from '../../http/exchange.ts';
import { LentBody, type LentSource } from '../../http/lent-body.ts';
import { bodyTooLarge } from '../../http/request-body.ts';
import { readTrailers } from '../../http/trailers.ts';
import type { LaneSocket } from '../socket/lane-socket.ts';
import type { BodyFraming } from '../wire/body-framing.ts';
import type { ReadPlace } from './read-place.ts';

export interface Upload {
  /** Returns `end`, or where the body ends. @throws ChunkError */
  take(bytes: Buffer, start: number, end: number): number;
  readonly done: boolean;
  /** Its reader has enough for now: read no more until it resumes the connection. */
  readonly stalled: boolean;
  /** To be called once behind `done`, when what follows in the same read is held. */
  finish(): void;
  /** Its answer is complete: the rest is read for nobody. */
  drop(): void;
  /** The rest will never come. */
  fail(error: OutriggerError): void;
}

/** Of a length known and small: the request is handed on when all of it is there. */
export class SmallUpload implements Upload {
  readonly stalled = false;
  readonly #body: Buffer;
  readonly #complete: (body: Buffer) => void;
  #filled = 0;
  #wanted = true;

  constructor(contentLength: number, complete: (body: Buffer) => void) {
    this.#body = Buffer.allocUnsafe(contentLength);
    this.#complete = complete;
  }

  get done(): boolean {
    return this.#filled === this.#body.length;
  }

  take(bytes: Buffer, start: number, end: number): number {
    const stop = Math.min(end, start + this.#body.length - this.#filled);
    this.#filled += bytes.copy(this.#body, this.#filled, start, stop);
    return stop;
  }

  finish(): void {
    if (this.#wanted) this.#complete(this.#body);
  }

  drop(): void {
    this.#wanted = false;
  }

  fail(): void {
    this.#wanted = false;
  }
}

export interface StreamParts {
  readonly framing: BodyFraming;
  readonly socket: LaneSocket;
  readonly place: ReadPlace;
  readonly maxBodyBytes: number | null;
  /** Null: none can follow. */
  readonly trailers: Trailers | null;
}

export class StreamUpload implements Upload, LentSource {
  readonly body: LentBody;
  readonly #parts: StreamParts;
  #receivedBytes = 0;
  #lentOn = false; // pieces are held, or being written
  #stalled = false;
  #finishing = false; // all of it came, and pieces are lent on

  constructor(parts: StreamParts) {
    this.#parts = parts;
    this.body = new LentBody(this);
    parts.place.wanted = true;
  }

  /** Bytes that came while somebody wanted them. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  get done(): boolean {
    return this.#parts.framing.done;
  }

  get stalled(): boolean {
    return this.#stalled;
  }

  take(bytes: Buffer, start: number, end: number): number {
    const { framing } = this.#parts;
    const stop = framing.take(bytes, start, end);
    this.pass(bytes, framing.dataStart, framing.dataEnd);
    return stop;
  }

  /** Data that its framing has found already. */
  pass(bytes: Buffer, start: number, end: number): void {
    if (start === end || this.body.destroyed) return;
    const { place, maxBodyBytes } = this.#parts;
    this.#receivedBytes += end - start;
    if (maxBodyBytes !== null && this.#receivedBytes > maxBodyBytes) {
      this.fail(bodyTooLarge(maxBodyBytes));
      return;
    }
    const chunk = place.keep(bytes.subarray(start, end));
    if (this.body.give(chunk)) return;
    this.#lentOn = true;
    place.lendOn(chunk);
    // Before anybody reads, what there is room for is read all the same: a client that leaves meanwhile is noticed.
    this.#stalled = !(this.body.unread && place.hasRoom);
  }

  finish(): void {
    const { framing, place, trailers } = this.#parts;
    place.wanted = false; // now: the read that is asked for next may not come for long
    if (trailers !== null && framing.trailers.length > 0) trailers.fields = readTrailers(framing.trailers);
    if (this.#lentOn) this.#finishing = true;
    else this.body.finish();
  }

  drop(): void {
    this.body.destroy();
  }

  fail(error: OutriggerError): void {
    if (!this.body.destroyed) this.body.fail(error);
    this.#letGo();
  }

  resume(): void {
    if (!this.#lentOn) return;
    const stalled = this.#stalled;
    this.#lentOn = false;
    this.#stalled = false;
    this.#parts.place.freed();
    if (this.#finishing) this.body.finish();
    else if (stalled) this.#parts.socket.resume();
  }

  abandon(lent: boolean): void {
    if (!lent) this.#parts.place.freed();
    this.#letGo();
    if (!this.#finishing) this.#parts.socket.resume();
  }

  #letGo(): void {
    this.#lentOn = false;
    this.#stalled = false;
    this.#parts.place.abandon();
  }
}

export function clientGone(): OutriggerError {
  return new OutriggerError('CLIENT_GONE', 'the client left before its request was complete');
}
