// A decoder of HPACK header blocks, one for each direction of a connection, that only reads along (RFC 7541).
import { HpackInput } from './hpack-input.ts';
import { LastBlock } from './hpack-repeat.ts';
import { defaultTableBytes, fieldOverheadBytes, HpackTable } from './hpack-table.ts';
import { Http2Fault } from './http2-fault.ts';

/** Who hears the fields of a block. */
export interface FieldSink {
  /** What a name is to the sink; 0 for a name whose values it does not read. Asked once for names that come from a table. */
  slotOf(name: string): number;
  /** A field in its order. `value` is null when it was not looked at: only for slot 0. `bytes` are name, value and 32. */
  field(slot: number, value: string | null, bytes: number): void;
}

/** Top bits that tell the kinds of a field apart (RFC 7541 6), and the bits that its number may use. */
const indexed = 0x80;
const literalKept = 0x40;
const tableSize = 0x20;

/**
 * Decodes what the peer's encoder wrote, block by block, none left out. Strings are at most as long as 8/5 of their block: its
 * bytes bound everything that is built.
 */
export class HpackDecoder {
  readonly #sink: FieldSink;
  readonly #table: HpackTable;
  readonly #input = new HpackInput();
  readonly #last = new LastBlock();
  #limitBytes = defaultTableBytes;
  #lowestLimitBytes = defaultTableBytes; // since the last block

  constructor(sink: FieldSink) {
    this.#sink = sink;
    this.#table = new HpackTable((name) => sink.slotOf(name));
  }

  /** What the dynamic table holds, by RFC 7541 4.1, and in fields. */
  get table(): { readonly bytes: number; readonly count: number; readonly maxBytes: number } {
    return this.#table;
  }

  /**
   * The decoding side's SETTINGS_HEADER_TABLE_SIZE, once the encoding side has acknowledged it. Bounds the memory of the table,
   * which is all that outlives a block.
   */
  setTableLimit(bytes: number): void {
    this.#limitBytes = bytes;
    this.#lowestLimitBytes = Math.min(this.#lowestLimitBytes, bytes);
  }

  /** These are the bytes of the block decoded last, and they mean the same: nothing is lost if they are not decoded. */
  repeats(bytes: Buffer, start: number, end: number): boolean {
    return !this.#owesTableSize && this.#last.equals(bytes, start, end, this.#table.changes);
  }

  /** @throws Http2Fault COMPRESSION_ERROR: the table is out of step, for this block and all that follow */
  decode(bytes: Buffer, start: number, end: number): void {
    const input = this.#input;
    const changes = this.#table.changes;
    input.open(bytes, start, end);
    this.#readTableSizes();
    while (!input.atEnd) {
      const first = input.octet();
      if (first >= indexed) this.#indexed(input.integer(first, 0x7f));
      else if (first >= literalKept) this.#literal(input.integer(first, 0x3f), true);
      else if (first < tableSize)
        this.#literal(input.integer(first, 0x0f), false); // never indexed, or not this time
      else throw new Http2Fault('COMPRESSION_ERROR', 'a table size behind the beginning of a block');
    }
    input.close();
    if (this.#table.changes === changes) this.#last.keep(bytes, start, end, changes); // else no block means what it did
  }

  get #owesTableSize(): boolean {
    return this.#lowestLimitBytes < this.#table.maxBytes;
  }

  /** A limit that was lowered below the table's size has to be followed first, and only then another one (RFC 7541 4.2). */
  #readTableSizes(): void {
    const input = this.#input;
    while (!input.atEnd && (input.peek() & 0xe0) === tableSize) {
      const bytes = input.integer(input.octet(), 0x1f);
      if (bytes > this.#limitBytes) throw new Http2Fault('COMPRESSION_ERROR', `a table of ${bytes} bytes`);
      if (this.#owesTableSize && bytes > this.#lowestLimitBytes) break;
      this.#table.resize(bytes);
      this.#lowestLimitBytes = this.#limitBytes;
    }
    if (this.#owesTableSize) throw new Http2Fault('COMPRESSION_ERROR', 'the lower table size was not followed');
    this.#lowestLimitBytes = this.#limitBytes;
  }

  #indexed(index: number): void {
    const field = this.#table.at(index);
    if (field === undefined) throw new Http2Fault('COMPRESSION_ERROR', 'a field that is in no table');
    this.#sink.field(field.slot, field.value, field.bytes);
  }

  #literal(nameIndex: number, keep: boolean): void {
    const input = this.#input;
    let name: string;
    let slot: number;
    if (nameIndex === 0) {
      input.string();
      name = input.text();
      slot = this.#sink.slotOf(name);
    } else {
      const named = this.#table.at(nameIndex);
      if (named === undefined) throw new Http2Fault('COMPRESSION_ERROR', 'a name that is in no table');
      name = named.name;
      slot = named.slot;
    }
    input.string();
    const bytes = name.length + input.stringLength + fieldOverheadBytes;
    const value = keep || slot !== 0 ? input.text() : null;
    if (keep) this.#table.add({ name, slot, value: value as string, bytes });
    this.#sink.field(slot, value, bytes);
  }
}
