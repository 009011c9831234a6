// Which targets are there, and how is one loaded?
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FuzzTarget } from '../target.ts';

const folder = join(import.meta.dirname, '..');
const others = ['target.ts', 'run.ts'];

export function targetNames(): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  return files
    .filter((file) => !others.includes(file))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}

/** What test/fuzz/`name`.ts exports under this name. @throws when it is not there */
export async function loadTarget(name: string): Promise<FuzzTarget> {
  const exported: Readonly<Record<string, unknown>> = await import(join(folder, `${name}.ts`));
  const found = Object.values(exported).find((value) => (value as FuzzTarget | null)?.name === name);
  if (found === undefined) throw new Error(`test/fuzz/${name}.ts exports no target of its name`);
  return found as FuzzTarget;
}
