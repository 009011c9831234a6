// Any CRC with plain arithmetic, a byte a step: for a Node.js without WebAssembly.
import type { CrcField, Remainder } from './crc-field.ts';

export class CrcTable {
  readonly #highs = new Int32Array(256);
  readonly #lows = new Int32Array(256);

  constructor({ polynomial }: CrcField) {
    for (let byte = 0; byte < 256; byte++) {
      let [high, low] = [0, byte];
      for (let bit = 0; bit < 8; bit++) {
        const carry = -(low & 1);
        low = ((low >>> 1) | (high << 31)) ^ (polynomial.low & carry);
        high = (high >>> 1) ^ (polynomial.high & carry);
      }
      this.#highs[byte] = high;
      this.#lows[byte] = low;
    }
  }

  /** The state after these bytes, as in crc-fold.ts. */
  reduce(state: Remainder, bytes: Uint8Array): Remainder {
    let { high, low } = state;
    for (const byte of bytes) {
      const row = (low ^ byte) & 255;
      low = ((low >>> 8) | (high << 24)) ^ (this.#lows[row] as number);
      high = (high >>> 8) ^ (this.#highs[row] as number);
    }
    return { high, low };
  }
}
