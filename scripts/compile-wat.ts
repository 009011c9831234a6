// A .wat file as the bytes that the program carries with it: nothing is compiled or read when it runs.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import openWabt from 'wabt';

export interface WatSource {
  readonly path: string;
  /** The exported constant that holds the module in base64. */
  readonly constant: string;
  /** Who writes the file, for its first line. */
  readonly script: string;
}

/** The text of the TypeScript file that stands beside it. @throws when the module is wrong */
export async function compileWat({ path, constant, script }: WatSource): Promise<string> {
  const wabt = await openWabt();
  const name = basename(path);
  const parsed = wabt.parseWat(name, await readFile(path, 'utf8'));
  try {
    parsed.validate();
    const base64 = Buffer.from(parsed.toBinary({}).buffer).toString('base64');
    const lines = base64.match(/.{1,110}/g) ?? [];
    return [
      `// ${name}, compiled by scripts/${script} and written by nobody else.`,
      '',
      `export const ${constant} = [`,
      ...lines.map((line) => `  '${line}',`),
      "].join('');",
      '',
    ].join('\n');
  } finally {
    parsed.destroy();
  }
}
