// A model of the stub runtime: the text that it answers, and a part that must be whole.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** By path. `partBytes`: of the file that the runtime checks at load. */
function textModelFiles(value: string, partBytes = 1000): Readonly<Record<string, string>> {
  const part = `${value}.`.repeat(Math.ceil(partBytes / (value.length + 1))).slice(0, partBytes);
  const sum = createHash('sha256').update(part).digest('hex');
  return { 'value.txt': value, '1/part.txt': part, 'parts.txt': `${sum}  1/part.txt\n` };
}

/** Makes the folder. */
export function writeTextModel(dir: string, value: string, partBytes?: number): void {
  for (const [path, content] of Object.entries(textModelFiles(value, partBytes))) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
}
