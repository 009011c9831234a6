// Every field that an HPACK decoder hears, in plain text, for tests.
import { type FieldSink, HpackDecoder } from '../../../src/lanes/h2/hpack.ts';

export class DecodedFields implements FieldSink {
  readonly decoder = new HpackDecoder(this);
  readonly #names: string[] = [''];
  #fields: string[] = [];
  bytes = 0;

  /** As `name: value`. */
  decode(block: Uint8Array): string[] {
    this.#fields = [];
    this.bytes = 0;
    const guarded = Buffer.alloc(block.length + 80, 0xff); // 0xff begins fields and never ends a number
    guarded.set(block, 40);
    this.decoder.decode(guarded, 40, 40 + block.length);
    guarded.fill(0xee);
    return this.#fields;
  }

  slotOf(name: string): number {
    return this.#names.push(name) - 1;
  }

  field(slot: number, value: string | null, bytes: number): void {
    this.bytes += bytes;
    this.#fields.push(`${this.#names[slot]}: ${value}`);
  }
}

export function fromHex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}
