// The last head of one connection: most clients send the same again, and comparing bytes costs a tenth of reading them.

const maxKeptBytes = 4096; // an idle connection holds no more
const patience = 4; // misses in a row; a client of more is taken for one that never repeats itself
const lookAgainEvery = 16; // heads of such a client: is it still so?

export class HeadCache<Head extends { readonly bytes: number }> {
  #raw: Buffer = Buffer.alloc(0);
  #head: Head | null = null;
  #misses = 0;

  /** The head kept, if `bytes[start, end)` begins with all of its bytes, its empty line among them. */
  find(bytes: Buffer, start: number, end: number): Head | null {
    const head = this.#head;
    if (head === null || end - start < head.bytes) return null;
    if (this.#raw.compare(bytes, start, start + head.bytes, 0, head.bytes) !== 0) return null;
    this.#misses = 0;
    return head;
  }

  /** `head` was read from `bytes` at `start`. The bytes are copied. */
  keep(bytes: Buffer, start: number, head: Head): void {
    this.#misses++;
    if (head.bytes > maxKeptBytes) return;
    if (this.#misses > patience && this.#misses % lookAgainEvery !== 0) return;
    if (this.#raw.length < head.bytes) this.#raw = Buffer.allocUnsafeSlow(Math.min(maxKeptBytes, 2 * head.bytes));
    bytes.copy(this.#raw, 0, start, start + head.bytes);
    this.#head = head;
  }
}
