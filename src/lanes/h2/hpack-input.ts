// The primitives of HPACK, read one behind the other: integers and strings (RFC 7541 5).
import { Http2Fault } from './http2-fault.ts';
import { decodedBound, decodeHuffman } from './huffman.ts';

const nothing = Buffer.alloc(0);
const firstScratchBytes = 128;
/** Integers end at 32 bits: nothing that HPACK counts is larger (SETTINGS_HEADER_TABLE_SIZE, RFC 9113 6.5.2). */
const maxInteger = 2 ** 32 - 1;
const maxIntegerOctets = 5;

/** A place in a header block, and the string that was read last. */
export class HpackInput {
  #bytes: Buffer = nothing;
  #at = 0;
  #end = 0;
  #string: Buffer = nothing;
  #stringStart = 0;
  #stringEnd = 0;
  #scratch: Buffer = nothing; // what a Huffman string became

  open(bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Lets go of the block's bytes. */
  close(): void {
    this.#bytes = nothing;
    this.#string = nothing;
  }

  get atEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** The next octet, which stays; only before the end. */
  peek(): number {
    return this.#bytes[this.#at] as number;
  }

  /** @throws Http2Fault COMPRESSION_ERROR at the block's end */
  octet(): number {
    if (this.#at >= this.#end) throw new Http2Fault('COMPRESSION_ERROR', 'a header block that ends within a field');
    return this.#bytes[this.#at++] as number;
  }

  /**
   * An integer whose first octet was read; `mask` are that octet's bits that belong to it.
   *
   * @throws Http2Fault COMPRESSION_ERROR over 32 bits, or written with more than five octets behind the first
   */
  integer(firstOctet: number, mask: number): number {
    let value = firstOctet & mask;
    if (value < mask) return value;
    let weight = 1; // beyond 32 bits, so no shifts
    for (let count = 0; count < maxIntegerOctets; count++) {
      const octet = this.octet();
      value += (octet & 0x7f) * weight;
      if ((octet & 0x80) === 0) {
        if (value > maxInteger) break;
        return value;
      }
      weight *= 128;
    }
    throw new Http2Fault('COMPRESSION_ERROR', 'an integer too large');
  }

  /**
   * Reads a string, which `text` and `stringLength` describe until the next one.
   *
   * @throws Http2Fault COMPRESSION_ERROR
   */
  string(): void {
    const first = this.octet();
    const length = this.integer(first, 0x7f);
    const start = this.#at;
    if (length > this.#end - start) throw new Http2Fault('COMPRESSION_ERROR', 'a string longer than its block');
    this.#at = start + length;
    if (first < 0x80) {
      this.#string = this.#bytes;
      this.#stringStart = start;
      this.#stringEnd = this.#at;
      return;
    }
    const needed = decodedBound(length);
    if (needed > this.#scratch.length) this.#scratch = Buffer.allocUnsafe(Math.max(2 * needed, firstScratchBytes));
    this.#string = this.#scratch;
    this.#stringStart = 0;
    this.#stringEnd = decodeHuffman(this.#bytes, start, this.#at, this.#scratch);
  }

  /** In bytes, Huffman undone. */
  get stringLength(): number {
    return this.#stringEnd - this.#stringStart;
  }

  /** One character a byte. */
  text(): string {
    return this.#string.toString('latin1', this.#stringStart, this.#stringEnd);
  }
}
