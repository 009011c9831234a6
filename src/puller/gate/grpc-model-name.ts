// Which model does a gRPC message name? Its field 1, a string, found in the first bytes without decoding the rest (protobuf encoding.md).
import { constants, gunzipSync, inflateSync } from 'node:zlib';

/** more: the bytes end before it can be said. none: no name, or nothing that we can read; the runtime has the answer. */
export type NameReading = { readonly kind: 'name'; readonly name: string } | { readonly kind: 'more' | 'none' };

const more: NameReading = { kind: 'more' };
const none: NameReading = { kind: 'none' };

/** Flag and length before each message (gRPC over HTTP/2, Length-Prefixed-Message). */
const prefixBytes = 5;
/** Field 1; the lowest three bits of a tag are the type on the wire. */
const nameField = 8;
/** Longer names are no model's: object stores and Kubernetes allow less. */
const maxNameBytes = 1024;
/** Of a compressed message: a thousandfold at most, so that what comes out stays small too. */
const maxCompressedBytes = 1024;
const maxInflatedBytes = 2 * 1024 * 1024;

/** `body`: its beginning, or all of it. `encoding`: the call's grpc-encoding. */
export function readGrpcModelName(body: Uint8Array, encoding: string | undefined): NameReading {
  const bytes = asBuffer(body);
  if (bytes.length < prefixBytes) return more;
  const length = bytes.readUInt32BE(1);
  const end = Math.min(bytes.length, prefixBytes + length);
  const complete = end === prefixBytes + length;
  if (bytes[0] === 0) return readMessage(new Cursor(bytes, prefixBytes, end), complete ? none : more);
  if (bytes[0] !== 1) return none;
  const wanted = Math.min(length, maxCompressedBytes);
  if (end < prefixBytes + wanted) return more;
  const inflated = inflateStart(bytes.subarray(prefixBytes, prefixBytes + wanted), encoding);
  return inflated === null ? none : readMessage(new Cursor(inflated, 0, inflated.length), none);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Null: another coding, or not what it says. */
function inflateStart(start: Buffer, encoding: string | undefined): Buffer | null {
  const inflate = encoding === 'gzip' ? gunzipSync : encoding === 'deflate' ? inflateSync : null;
  if (inflate === null) return null;
  try {
    // A flush at the end, not a finish: the message may go on.
    return inflate(start, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxInflatedBytes });
  } catch {
    return null; // zlib throws for nothing else; the runtime will say what it thinks of it
  }
}

/** `beyond`: what it means that the bytes end within a field, or without the one that is looked for. */
function readMessage(cursor: Cursor, beyond: NameReading): NameReading {
  while (!cursor.done) {
    const tag = cursor.varint();
    if (tag === null) return beyond;
    const wireType = tag % 8;
    if (tag - wireType === nameField) return wireType === 2 ? readName(cursor, beyond) : none;
    const skipped = cursor.skip(wireType);
    if (skipped === 'unreadable') return none;
    if (skipped === 'beyond') return beyond;
  }
  return beyond;
}

function readName(cursor: Cursor, beyond: NameReading): NameReading {
  const length = cursor.varint();
  if (length === null) return beyond;
  if (length > maxNameBytes) return none;
  const name = cursor.text(length);
  return name === null ? beyond : { kind: 'name', name };
}

/** Where reading of a message has come to. */
class Cursor {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** Ten bytes at most, as 64 bits need; a number beyond 2^53 is only rounded. Null: cut off, or longer. */
  varint(): number | null {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 63 && this.#at < this.#end; factor *= 128) {
      const byte = this.#bytes[this.#at] as number;
      this.#at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    return null;
  }

  /** Null: it does not reach that far. */
  text(length: number): string | null {
    const from = this.#at;
    return this.#step(length) ? this.#bytes.toString('utf8', from, from + length) : null;
  }

  /** Past the value of a field; groups are of no message of this API. */
  skip(wireType: number): 'done' | 'beyond' | 'unreadable' {
    if (wireType === 0) return this.varint() === null ? 'beyond' : 'done';
    const length = wireType === 1 ? 8 : wireType === 5 ? 4 : wireType === 2 ? this.varint() : undefined;
    if (length === undefined) return 'unreadable';
    return length !== null && this.#step(length) ? 'done' : 'beyond';
  }

  #step(length: number): boolean {
    if (this.#at + length > this.#end) return false;
    this.#at += length;
    return true;
  }
}
