// The arithmetic that CRCs are made of: polynomials over GF(2) modulo the CRC's own one.
// A remainder is held as the CRCs hold it, reflected: the highest bit belongs to x^0. Two words, of which a CRC of 32 bits
// uses the low one only, so that the same few lines do for both widths without BigInt.
import type { CombinableAlgorithm } from './verification.ts';

/** Each word a number of 32 bits, signed or not. */
export interface Remainder {
  readonly high: number;
  readonly low: number;
}

export interface CrcField {
  readonly words: 1 | 2;
  /** Reflected, without its highest term; crc32: RFC 1952 8, crc32c: RFC 3720 12.1, crc64nvme: NVM Command Set 5.2.1.3.4. */
  readonly polynomial: Remainder;
}

export const crcFields: Readonly<Record<CombinableAlgorithm, CrcField>> = {
  crc32: { words: 1, polynomial: { high: 0, low: 0xedb88320 } },
  crc32c: { words: 1, polynomial: { high: 0, low: 0x82f63b78 } },
  crc64nvme: { words: 2, polynomial: { high: 0x9a6c9329, low: 0xac4bc9b5 } },
};

/** x^8: what one byte that follows multiplies with. */
export function oneByte({ words }: CrcField): Remainder {
  const word = 2 ** 23;
  return words === 2 ? { high: word, low: 0 } : { high: 0, low: word };
}

/** x^0. */
export function one({ words }: CrcField): Remainder {
  const word = 2 ** 31;
  return words === 2 ? { high: word, low: 0 } : { high: 0, low: word };
}

export function multiply({ words, polynomial }: CrcField, a: Remainder, b: Remainder): Remainder {
  let { high, low } = b; // b * x^n
  const product = { high: 0, low: 0 };
  for (const word of words === 2 ? [a.high, a.low] : [a.low]) {
    for (let bit = 31; bit >= 0; bit--) {
      const term = -((word >>> bit) & 1);
      product.high ^= high & term;
      product.low ^= low & term;
      const carry = -(low & 1);
      low = ((low >>> 1) | (high << 31)) ^ (polynomial.low & carry);
      high = (high >>> 1) ^ (polynomial.high & carry);
    }
  }
  return product;
}

/** As the stores write it: the bytes big-endian, in base64. */
export function writeCrc({ words }: CrcField, { high, low }: Remainder): string {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(high >>> 0);
  bytes.writeUInt32BE(low >>> 0, 4);
  return bytes.toString('base64', words === 2 ? 0 : 4);
}

/** @throws RangeError when it is not of this width: what stores say was read before, so the caller is wrong */
export function readCrc({ words }: CrcField, value: string): Remainder {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== words * 4)
    throw new RangeError(`a CRC of ${words * 4} bytes cannot be ${JSON.stringify(value)}`);
  return words === 2
    ? { high: bytes.readUInt32BE(), low: bytes.readUInt32BE(4) }
    : { high: 0, low: bytes.readUInt32BE() };
}
