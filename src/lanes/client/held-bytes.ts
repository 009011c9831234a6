// Bytes of a connection that came before their turn: a part of a head, or requests behind the one that is being answered.

const none = Buffer.alloc(0);

export class HeldBytes {
  /** What is held is `bytes[start, end)`. */
  bytes: Buffer = none;
  start = 0;
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  /** Copies: what is read is valid for one turn only. */
  add(bytes: Buffer, start: number, end: number): void {
    const piece = bytes.subarray(start, end);
    this.bytes =
      this.length === 0 ? Buffer.from(piece) : Buffer.concat([this.bytes.subarray(this.start, this.end), piece]);
    this.start = 0;
    this.end = this.bytes.length;
  }

  /** `bytes[start, end)` alone is still wanted: the rest of what is held, or bytes that are not held yet. */
  keep(bytes: Buffer, start: number, end: number): void {
    if (start === end) this.clear();
    else if (bytes === this.bytes) this.start = start;
    else this.add(bytes, start, end);
  }

  clear(): void {
    this.bytes = none;
    this.start = 0;
    this.end = 0;
  }
}
