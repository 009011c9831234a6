// The table of header fields that both ends of an HPACK connection keep in step, behind the static one (RFC 7541 2.3 and 4).
import { staticFields } from './hpack-static-table.ts';

/** A field of either table. */
export interface HpackField {
  readonly name: string;
  /** What the name is to the reader of the blocks: see `FieldSink.slotOf`. */
  readonly slot: number;
  readonly value: string;
  /** Name, value and 32 (RFC 7541 4.1). */
  readonly bytes: number;
}

export const fieldOverheadBytes = 32;
export const defaultTableBytes = 4096;

/** Newest first: number 62 is what was added last. */
export class HpackTable {
  readonly #slotOf: (name: string) => number;
  readonly #static = new Array<HpackField | undefined>(staticFields.length); // made when first asked for: few ever are
  #ring: (HpackField | undefined)[] = new Array(8); // a power of two places
  #newest = 0; // counts up; its place is the rest by the ring's length
  #count = 0;
  #bytes = 0;
  #maxBytes = defaultTableBytes;
  #changes = 0;

  constructor(slotOf: (name: string) => number) {
    this.#slotOf = slotOf;
  }

  /** Differs whenever what the numbers mean does. */
  get changes(): number {
    return this.#changes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  get count(): number {
    return this.#count;
  }

  /** Undefined: no field has that number. */
  at(index: number): HpackField | undefined {
    if (index <= staticFields.length) return this.#static[index - 1] ?? this.#makeStatic(index);
    const age = index - staticFields.length - 1;
    if (age >= this.#count) return undefined;
    return this.#ring[(this.#newest - age) & (this.#ring.length - 1)];
  }

  /** Evicts what must leave for it; a field larger than the table empties it and is not kept (RFC 7541 4.4). */
  add(field: HpackField): void {
    this.#changes++;
    this.#evictTo(this.#maxBytes - field.bytes);
    if (field.bytes > this.#maxBytes) return;
    if (this.#count === this.#ring.length) this.#grow();
    this.#newest++;
    this.#ring[this.#newest & (this.#ring.length - 1)] = field;
    this.#count++;
    this.#bytes += field.bytes;
  }

  resize(maxBytes: number): void {
    this.#changes++;
    this.#maxBytes = maxBytes;
    this.#evictTo(maxBytes);
  }

  #makeStatic(index: number): HpackField | undefined {
    const known = staticFields[index - 1];
    if (known === undefined) return undefined;
    const [name, value] = known;
    const bytes = name.length + value.length + fieldOverheadBytes;
    const field = { name, slot: this.#slotOf(name), value, bytes };
    this.#static[index - 1] = field;
    return field;
  }

  #evictTo(bytes: number): void {
    while (this.#count > 0 && this.#bytes > bytes) {
      this.#count--;
      const place = (this.#newest - this.#count) & (this.#ring.length - 1);
      this.#bytes -= (this.#ring[place] as HpackField).bytes;
      this.#ring[place] = undefined;
    }
  }

  #grow(): void {
    const larger = new Array<HpackField | undefined>(this.#ring.length * 2);
    for (let age = 0; age < this.#count; age++) {
      larger[this.#count - 1 - age] = this.#ring[(this.#newest - age) & (this.#ring.length - 1)];
    }
    this.#ring = larger;
    this.#newest = this.#count - 1;
  }
}
