// A model of the stub runtime: the text that it answers, and parts that must be whole.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** By path. `partBytes`: of each part, which the runtime checks at load. */
export function textModelFiles(
  value: string,
  partBytes: readonly number[] = [2_000],
): Readonly<Record<string, string | Buffer>> {
  const parts = partBytes.map((bytes, nth) => [`1/part-${nth}.bin`, Buffer.alloc(bytes, `${value}.`)] as const);
  const sums = parts.map(([path, part]) => `${createHash('sha256').update(part).digest('hex')}  ${path}\n`);
  return { ...Object.fromEntries(parts), 'value.txt': value, 'parts.txt': sums.join('') };
}

/** Makes the folder. */
export function writeTextModel(dir: string, value: string): void {
  for (const [path, content] of Object.entries(textModelFiles(value))) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
}
