// HPACK decoded the plain way, over text and arrays (RFC 7541): what the quick decoder has to agree with.
import { staticFields } from '../../../src/lanes/h2/hpack-static-table.ts';
import { canonicalCodes, codeLengths, endOfString } from '../../../src/lanes/h2/huffman-code.ts';

type Field = readonly [name: string, value: string];

const symbols = new Map(
  canonicalCodes().map((code, symbol) => [code.toString(2).padStart(codeLengths[symbol] as number, '0'), symbol]),
);

export class PlainHpack {
  #dynamic: Field[] = []; // newest first
  #maxBytes = 4096;
  readonly #limitBytes: number;
  #left: number[] = [];

  /** With a limit that was set, and acknowledged, before the first block. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** As `name: value`; null when the block is bad, and every one behind it. */
  decode(block: Uint8Array): string[] | null {
    this.#left = [...block];
    try {
      this.#sizes();
      const fields: string[] = [];
      while (this.#left.length > 0) fields.push(this.#field().join(': '));
      return fields;
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  get bytes(): number {
    return this.#dynamic.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
  }

  #sizes(): void {
    let followed = this.#maxBytes <= this.#limitBytes;
    while (((this.#left[0] ?? 0) & 0xe0) === 0x20) {
      this.#maxBytes = this.#integer(5);
      if (this.#maxBytes > this.#limitBytes) bad();
      followed = true;
      this.#evict();
    }
    if (!followed) bad();
  }

  #field(): Field {
    const first = this.#left[0] as number;
    if (first >= 0x80) return this.#at(this.#integer(7));
    if (first >= 0x40) {
      const field = this.#literal(6);
      this.#dynamic.unshift(field);
      this.#evict();
      return field;
    }
    if (first >= 0x20) bad();
    return this.#literal(4);
  }

  #literal(prefix: number): Field {
    const index = this.#integer(prefix);
    const name = index === 0 ? this.#string() : this.#at(index)[0];
    return [name, this.#string()];
  }

  #at(index: number): Field {
    return [...staticFields, ...this.#dynamic][index - 1] ?? bad();
  }

  #evict(): void {
    while (this.bytes > this.#maxBytes) this.#dynamic.pop();
  }

  #octet(): number {
    return this.#left.shift() ?? bad();
  }

  #integer(prefix: number): number {
    const mask = 2 ** prefix - 1;
    let value = this.#octet() & mask;
    if (value < mask) return value;
    for (let count = 0; count < 5; count++) {
      const octet = this.#octet();
      value += (octet % 128) * 128 ** count;
      if (octet < 128) return value < 2 ** 32 ? value : bad();
    }
    return bad();
  }

  #string(): string {
    const huffman = (this.#left[0] ?? 0) >= 0x80;
    const length = this.#integer(7);
    if (length > this.#left.length) bad();
    const octets = this.#left.splice(0, length);
    return huffman ? fromHuffman(octets) : String.fromCharCode(...octets);
  }
}

function fromHuffman(octets: readonly number[]): string {
  let text = '';
  let code = '';
  for (const bit of octets.map((octet) => octet.toString(2).padStart(8, '0')).join('')) {
    code += bit;
    const symbol = symbols.get(code);
    if (symbol === undefined) continue;
    if (symbol === endOfString) bad();
    text += String.fromCharCode(symbol);
    code = '';
  }
  return /^1{0,7}$/.test(code) ? text : bad();
}

function bad(): never {
  throw new RangeError('not HPACK');
}
