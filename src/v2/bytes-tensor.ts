// A blob of BYTES: elements one behind the other, each with its length in front (uint32, little endian); where may it be cut?

const prefixBytes = 4;

/**
 * Cuts the blob into consecutive groups of `counts` elements.
 * @returns the offset behind each group; null unless the elements fill the blob exactly.
 */
export function cutBytesTensor(blob: Uint8Array, counts: readonly number[]): number[] | null {
  const ends: number[] = [];
  let at = 0;
  for (const count of counts) {
    for (let n = 0; n < count; n += 1) {
      if (at + prefixBytes > blob.length) return null;
      at += prefixBytes + readLength(blob, at);
      if (at > blob.length) return null;
    }
    ends.push(at);
  }
  return at === blob.length ? ends : null;
}

function readLength(blob: Uint8Array, at: number): number {
  return (blob[at]! | (blob[at + 1]! << 8) | (blob[at + 2]! << 16) | (blob[at + 3]! << 24)) >>> 0;
}
