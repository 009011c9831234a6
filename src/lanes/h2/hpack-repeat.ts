// Is a header block the one that came last, byte for byte? gRPC clients that call one method send the same block again and again.

/** A longer block is decoded each time. */
const maxRememberedBytes = 1024;
const nothing = Buffer.alloc(0);

/** The last block of a connection that left the table as it was, with the state that gave its numbers their meaning. */
export class LastBlock {
  #bytes: Buffer = nothing;
  #length = -1; // none
  #tableChanges = 0;

  keep(bytes: Buffer, start: number, end: number, tableChanges: number): void {
    const length = end - start;
    this.#length = -1;
    if (length > maxRememberedBytes) return;
    if (this.#bytes.length < length) this.#bytes = Buffer.allocUnsafe(length);
    bytes.copy(this.#bytes, 0, start, end);
    this.#length = length;
    this.#tableChanges = tableChanges;
  }

  /** All of the bytes, never a hash of them. */
  equals(bytes: Buffer, start: number, end: number, tableChanges: number): boolean {
    const length = this.#length;
    if (end - start !== length || tableChanges !== this.#tableChanges) return false;
    const last = this.#bytes;
    for (let i = 0; i < length; i++) if (last[i] !== bytes[start + i]) return false;
    return true;
  }
}
