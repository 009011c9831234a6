// `node scripts/compile-json-simd.ts`: src/v2/json/json-simd.wat as the bytes that the program carries with it.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import openWabt from 'wabt';

const folder = join(import.meta.dirname, '../src/v2/json');
export const compiledPath = join(folder, 'json-simd-module.ts');

/** The text of src/v2/json/json-simd-module.ts. @throws when the module is wrong */
export async function compileJsonSimd(): Promise<string> {
  const wabt = await openWabt();
  const name = 'json-simd.wat';
  const parsed = wabt.parseWat(name, await readFile(join(folder, name), 'utf8'));
  try {
    parsed.validate();
    const base64 = Buffer.from(parsed.toBinary({}).buffer).toString('base64');
    const lines = base64.match(/.{1,110}/g) ?? [];
    return [
      '// json-simd.wat, compiled by scripts/compile-json-simd.ts and written by nobody else.',
      '',
      'export const jsonSimdModule = [',
      ...lines.map((line) => `  '${line}',`),
      "].join('');",
      '',
    ].join('\n');
  } finally {
    parsed.destroy();
  }
}

if (import.meta.main) await writeFile(compiledPath, await compileJsonSimd());
