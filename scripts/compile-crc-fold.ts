// `node scripts/compile-crc-fold.ts`: src/storage/checksum/crc-fold.wat as the bytes that the program carries with it.
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { compileWat } from './compile-wat.ts';

const folder = join(import.meta.dirname, '../src/storage/checksum');
export const compiledPath = join(folder, 'crc-fold-module.ts');

/** The text of src/storage/checksum/crc-fold-module.ts. @throws when the module is wrong */
export function compileCrcFold(): Promise<string> {
  const script = basename(import.meta.filename);
  return compileWat({ path: join(folder, 'crc-fold.wat'), constant: 'crcFoldModule', script });
}

if (import.meta.main) await writeFile(compiledPath, await compileCrcFold());
