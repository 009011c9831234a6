// Memory of large bodies, used again for the next ones: fresh memory costs a page fault for each 4 KiB, and V8 collects its whole heap for each 64 MiB.

const leastBytes = 256 * 1024;
/** Of memory that nobody uses, in all sizes together. */
const maxSpareBytes = 64 * 1024 * 1024;
/** What was spare for so long is not needed, and goes. */
const trimEveryMs = 5_000;

/** Memory of one size. */
interface Shelf {
  readonly spare: Buffer[];
  /** The fewest that lay here since the last trim. */
  leastSpare: number;
}

export class BodyMemory {
  readonly #shelves = new Map<number, Shelf>();
  #spareBytes = 0;
  #trimming: NodeJS.Timeout | null = null;

  get spareBytes(): number {
    return this.#spareBytes;
  }

  /** At least so many bytes, with whatever stood there before. */
  take(bytes: number): Buffer {
    const size = sizeFor(bytes);
    const shelf = this.#shelves.get(size);
    const memory = shelf?.spare.pop();
    if (shelf === undefined || memory === undefined) return Buffer.allocUnsafeSlow(size);
    shelf.leastSpare = Math.min(shelf.leastSpare, shelf.spare.length);
    this.#spareBytes -= size;
    return memory;
  }

  /** What `take` gave. Nobody may read it any more, not even a write to a socket that is under way. */
  giveBack(memory: Buffer): void {
    const size = memory.length;
    if (size < leastBytes || this.#spareBytes + size > maxSpareBytes) return;
    let shelf = this.#shelves.get(size);
    if (shelf === undefined) {
      shelf = { spare: [], leastSpare: 0 };
      this.#shelves.set(size, shelf);
    }
    shelf.spare.push(memory);
    this.#spareBytes += size;
    this.#trimming ??= setInterval(() => this.#trim(), trimEveryMs).unref();
  }

  #trim(): void {
    for (const [size, shelf] of this.#shelves) {
      this.#spareBytes -= shelf.spare.splice(0, shelf.leastSpare).length * size;
      shelf.leastSpare = shelf.spare.length;
      if (shelf.spare.length === 0) this.#shelves.delete(size);
    }
    if (this.#shelves.size > 0 || this.#trimming === null) return;
    clearInterval(this.#trimming);
    this.#trimming = null;
  }
}

/** Large sizes are rounded up by less than a quarter, so that bodies of about one length share theirs. Untouched pages cost nothing. */
function sizeFor(bytes: number): number {
  if (bytes < leastBytes) return bytes;
  const step = 2 ** (Math.floor(Math.log2(bytes)) - 2);
  return Math.ceil(bytes / step) * step;
}
