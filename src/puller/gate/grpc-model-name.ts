// Which model does a gRPC message name? Its field 1, a string, found in the first bytes without decoding the rest (protobuf encoding.md).
import { constants, gunzipSync, inflateSync } from 'node:zlib';

/** more: the bytes end before it can be said. none: no name, or nothing that we can read; the runtime has the answer. */
export type NameReading = { readonly kind: 'name'; readonly name: string } | { readonly kind: 'more' | 'none' };

const more: NameReading = { kind: 'more' };
const none: NameReading = { kind: 'none' };

/** Flag and length before each message (gRPC over HTTP/2, Length-Prefixed-Message). */
const prefixBytes = 5;
/** Longer names are no model's: object stores and Kubernetes allow less. */
const maxNameBytes = 1024;
/** Of a compressed message: a thousandfold at most, so that what comes out stays small too. */
const maxCompressedBytes = 1024;
const maxInflatedBytes = 2 * 1024 * 1024;

/** `bytes`: a body's beginning. `encoding`: the call's grpc-encoding. */
export function readGrpcModelName(bytes: Uint8Array, encoding: string | undefined): NameReading {
  if (bytes.length < prefixBytes) return more;
  const length = new DataView(bytes.buffer, bytes.byteOffset, prefixBytes).getUint32(1);
  const message = bytes.subarray(prefixBytes, prefixBytes + length);
  if (bytes[0] === 0) return readMessage(message, message.length === length);
  if (bytes[0] !== 1) return none;
  const wanted = Math.min(length, maxCompressedBytes);
  if (message.length < wanted) return more;
  const inflated = inflateStart(message.subarray(0, wanted), encoding);
  const reading = inflated === null ? none : readMessage(inflated, true);
  return reading.kind === 'more' ? none : reading;
}

/** Null: another coding, or not what it says. */
function inflateStart(start: Uint8Array, encoding: string | undefined): Uint8Array | null {
  const inflate = encoding === 'gzip' ? gunzipSync : encoding === 'deflate' ? inflateSync : null;
  if (inflate === null) return null;
  try {
    // A flush at the end, not a finish: the message may go on.
    return inflate(start, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxInflatedBytes });
  } catch {
    return null; // zlib throws for nothing else; the runtime will say what it thinks of it
  }
}

function readMessage(message: Uint8Array, complete: boolean): NameReading {
  const beyond = complete ? none : more;
  const cursor = new Cursor(message);
  while (cursor.at < message.length) {
    const tag = cursor.varint();
    if (tag === null) return beyond;
    const field = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (field === 1) return wireType === 2 ? readName(cursor, beyond) : none;
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
  const name = cursor.take(length);
  return name === null ? beyond : { kind: 'name', name: Buffer.from(name).toString('utf8') };
}

/** Where reading of a message has come to. */
class Cursor {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Ten bytes at most, as 64 bits need; a number beyond 2^53 is only rounded. Null: cut off, or longer. */
  varint(): number | null {
    let value = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.#bytes[this.at];
      if (byte === undefined) return null;
      this.at += 1;
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    return null;
  }

  /** Null: it does not reach that far. */
  take(length: number): Uint8Array | null {
    if (this.at + length > this.#bytes.length) return null;
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  /** Past the value of a field; groups are of no message of this API. */
  skip(wireType: number): 'done' | 'beyond' | 'unreadable' {
    if (wireType === 0) return this.varint() === null ? 'beyond' : 'done';
    const length = wireType === 1 ? 8 : wireType === 5 ? 4 : wireType === 2 ? this.varint() : undefined;
    if (length === undefined) return 'unreadable';
    return length === null || this.take(length) === null ? 'beyond' : 'done';
  }
}
