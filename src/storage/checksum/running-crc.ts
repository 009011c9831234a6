// CRCs of bytes as they come, fast enough to be taken in the pass that downloads them.
import { type CrcField, crcFields, type Remainder, writeCrc } from './crc-field.ts';
import { type CrcFolder, openCrcFolder } from './crc-fold.ts';
import { CrcTable } from './crc-table.ts';
import type { CombinableAlgorithm, RunningChecksum } from './verification.ts';

/**
 * Any number may be under way at once; each holds a few bytes. Cost a GB, in chunks of 64 KiB and more: crc32 and crc32c 0.07 s,
 * crc64nvme 0.1 s in WebAssembly (node:zlib's crc32: 0.13 s); seconds where Node.js was told to do without (--jitless).
 */
export function runningCrc(algorithm: CombinableAlgorithm): RunningChecksum {
  const folder = openCrcFolder();
  return folder === null ? new TableCrc(crcFields[algorithm]) : new FoldedCrc(algorithm, folder);
}

class FoldedCrc implements RunningChecksum {
  readonly #algorithm: CombinableAlgorithm;
  readonly #folder: CrcFolder;
  #state: bigint;

  constructor(algorithm: CombinableAlgorithm, folder: CrcFolder) {
    this.#algorithm = algorithm;
    this.#folder = folder;
    this.#state = BigInt.asUintN(crcFields[algorithm].words * 32, -1n);
  }

  update(bytes: Uint8Array): void {
    this.#state = this.#folder.fold(this.#algorithm, this.#state, bytes);
  }

  value(): string {
    const turned = ~this.#state;
    return writeCrc(crcFields[this.#algorithm], { high: Number(turned >> 32n), low: Number(turned & 0xffff_ffffn) });
  }
}

class TableCrc implements RunningChecksum {
  readonly #field: CrcField;
  readonly #table: CrcTable;
  #state: Remainder;

  constructor(field: CrcField) {
    this.#field = field;
    this.#table = new CrcTable(field);
    this.#state = { high: field.words === 2 ? -1 : 0, low: -1 };
  }

  update(bytes: Uint8Array): void {
    this.#state = this.#table.reduce(this.#state, bytes);
  }

  value(): string {
    return writeCrc(this.#field, { high: ~this.#state.high, low: ~this.#state.low });
  }
}
