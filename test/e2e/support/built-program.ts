// Where is the program that users get? dist/ when it is newer than every source, else a build of its own in a temporary folder.
import { rmSync } from 'node:fs';
import { cp, mkdtemp, readdir, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPackage } from '../../../scripts/build.ts';

const root = join(import.meta.dirname, '../../..');
const sources = ['src', 'scripts/build.ts', 'package.json'];
const program = 'dist/outrigger.cjs';

/** The path of outrigger.cjs; a temporary one is removed when this process ends. */
export async function builtProgram(): Promise<string> {
  if (await isFresh()) return join(root, program);
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-built-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  await Promise.all(
    ['src', 'package.json'].map((name) => cp(join(root, name), join(folder, name), { recursive: true })),
  );
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await buildPackage(folder);
  return join(folder, program);
}

async function isFresh(): Promise<boolean> {
  try {
    const built = await stat(join(root, program));
    const changed = await Promise.all(sources.map((name) => newestMs(join(root, name))));
    return built.mtimeMs > Math.max(...changed);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function newestMs(path: string): Promise<number> {
  const own = await stat(path);
  if (!own.isDirectory()) return own.mtimeMs;
  const inside = await Promise.all((await readdir(path)).map((name) => newestMs(join(path, name))));
  return Math.max(own.mtimeMs, ...inside);
}
