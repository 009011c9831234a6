// Memory for heads that are kept: small slabs of their own.

const slabBytes = 8192;

/**
 * Many heads share a slab, as buffers of node's pool do; but an idle connection that keeps its last head keeps a slab with it, and
 * node's are 64 KB, shared with everything else.
 */
export class HeadMemory {
  #slab = Buffer.allocUnsafeSlow(slabBytes);
  #used = 0;

  /** Bytes of whatever content, for the caller alone. */
  take(bytes: number): Buffer {
    if (bytes > slabBytes / 4) return Buffer.allocUnsafeSlow(bytes);
    if (this.#used + bytes > slabBytes) {
      this.#slab = Buffer.allocUnsafeSlow(slabBytes);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += bytes;
    return this.#slab.subarray(start, this.#used);
  }
}
