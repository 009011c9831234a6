// `node scripts/compile-json-simd.ts`: src/v2/json/json-simd.wat as the bytes that the program carries with it.
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { compileWat } from './compile-wat.ts';

const folder = join(import.meta.dirname, '../src/v2/json');
export const compiledPath = join(folder, 'json-simd-module.ts');

/** The text of src/v2/json/json-simd-module.ts. @throws when the module is wrong */
export function compileJsonSimd(): Promise<string> {
  const script = basename(import.meta.filename);
  return compileWat({ path: join(folder, 'json-simd.wat'), constant: 'jsonSimdModule', script });
}

if (import.meta.main) await writeFile(compiledPath, await compileJsonSimd());
