// Bodies that say whose they are, at every place: a byte of somebody else's, or one that has moved, shows.

/** A prime, so that no power of two shifts a body onto itself. */
const stampBytes = 17;
const tiles = 256;

export class Identity {
  readonly #tile: Buffer;

  constructor(id: number) {
    this.#tile = Buffer.alloc(stampBytes * (tiles + 1), `<${String(id).padStart(stampBytes - 2, '0')}>`);
  }

  body(length: number): Buffer {
    return Buffer.alloc(length, this.#tile.subarray(0, stampBytes));
  }

  /** Is `bytes` what stands at `offset` of this body? */
  matches(offset: number, bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length; ) {
      const from = (offset + at) % stampBytes;
      const length = Math.min(bytes.length - at, stampBytes * tiles);
      if (this.#tile.compare(bytes, at, at + length, from, from + length) !== 0) return false;
      at += length;
    }
    return true;
  }
}
