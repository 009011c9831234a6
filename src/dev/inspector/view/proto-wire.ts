// Fields of a protobuf message as they stand on the wire (protobuf.dev, Encoding): without knowing what they mean.

/** bigint: a varint, as unsigned. Bytes: of a length, or of the 4 or 8 that a float, double or fixed integer has. */
export interface WireField {
  readonly number: number;
  readonly wire: 'varint' | 'fixed64' | 'fixed32' | 'bytes';
  readonly value: bigint | Uint8Array;
  /** Of `bytes`: its length says that it goes on behind the end of the message. */
  readonly cut: boolean;
}

/** Stops without a word where it breaks off or makes no sense; `ended` tells. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** All was read, and made sense. */
  ended = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  *[Symbol.iterator](): Generator<WireField> {
    while (this.#at < this.#bytes.length) {
      const tag = this.#varint();
      if (tag === null) return;
      const field = this.#field(Number(tag >> 3n), Number(tag & 7n));
      if (field === null) return;
      yield field;
      if (field.cut) return;
    }
    this.ended = true;
  }

  #field(number: number, wireType: number): WireField | null {
    if (number < 1 || number > maxFieldNumber) return null;
    if (wireType === 0) {
      const value = this.#varint();
      return value === null ? null : { number, wire: 'varint', value, cut: false };
    }
    if (wireType === 1 || wireType === 5) {
      const value = this.#take(wireType === 1 ? 8 : 4);
      return value === null ? null : { number, wire: wireType === 1 ? 'fixed64' : 'fixed32', value, cut: false };
    }
    const length = wireType === 2 ? this.#varint() : null; // groups (3, 4) left the language long ago
    if (length === null || length > maxLength) return null;
    const cut = this.#at + Number(length) > this.#bytes.length;
    const end = cut ? this.#bytes.length : this.#at + Number(length);
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return { number, wire: 'bytes', value, cut };
  }

  #varint(): bigint | null {
    const read = readVarint(this.#bytes, this.#at);
    if (read === null) return null;
    this.#at = read.end;
    return read.value;
  }

  #take(count: number): Uint8Array | null {
    const end = this.#at + count;
    if (end > this.#bytes.length) return null;
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return value;
  }
}

const maxFieldNumber = 2 ** 29 - 1;
const maxLength = 2n ** 31n - 1n;
const maxVarintBytes = 10;

/** Null: it breaks off, or is longer than any may be. */
export function readVarint(bytes: Uint8Array, start: number): { readonly value: bigint; readonly end: number } | null {
  let low = 0;
  for (let i = start; i < start + 4; i += 1) {
    // four bytes fit a small integer, and nearly all numbers fit them
    const byte = bytes[i];
    if (byte === undefined) return null;
    low |= (byte & 0x7f) << (7 * (i - start));
    if (byte < 0x80) return { value: BigInt(low), end: i + 1 };
  }
  let value = BigInt(low);
  for (let i = start + 4; i < start + maxVarintBytes; i += 1) {
    const byte = bytes[i];
    if (byte === undefined) return null;
    value |= BigInt(byte & 0x7f) << BigInt(7 * (i - start));
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), end: i + 1 };
  }
  return null;
}
