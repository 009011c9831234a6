// Which models a folder holds: NAME.onnx, NAME/model.onnx or NAME/VERSION/model.onnx, the highest version counts; in a folder with
// one ONNX file alone, that may have any name.
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';

export interface ModelFile {
  readonly path: string;
  readonly version: string;
}

/** By model name. A folder wins over a file of the same name. @throws the file system's error when `modelDir` cannot be read. */
export async function listModelFiles(modelDir: string): Promise<ReadonlyMap<string, ModelFile>> {
  const files = new Map<string, ModelFile>();
  const entries = await readdir(modelDir, { withFileTypes: true });
  for (const entry of entries.filter((found) => !found.name.startsWith('.'))) {
    const path = join(modelDir, entry.name);
    // A symbolic link is neither file nor folder here: object stores and ConfigMaps mount folders as links.
    const inside = entry.isFile() ? null : await listFolder(path);
    if (inside === null) {
      const { name, ext } = parse(entry.name);
      if (ext === '.onnx' && !files.has(name)) files.set(name, { path, version: '1' });
    } else {
      const model = await findModel(path, inside);
      if (model !== null) files.set(entry.name, model);
    }
  }
  return files;
}

async function findModel(folder: string, inside: readonly Dirent[]): Promise<ModelFile | null> {
  const versions = inside.map(({ name }) => name).filter((name) => /^[1-9]\d{0,14}$/.test(name));
  for (const version of versions.sort((a, b) => Number(b) - Number(a))) {
    const name = onnxFileOf((await listFolder(join(folder, version))) ?? []);
    if (name !== null) return { path: join(folder, version, name), version };
  }
  const name = onnxFileOf(inside);
  return name === null ? null : { path: join(folder, name), version: '1' };
}

/** Null: none, or several that are not called model.onnx. */
function onnxFileOf(inside: readonly Dirent[]): string | null {
  const names = inside.map(({ name }) => name).filter((name) => /^[^.].*\.onnx$/.test(name));
  if (names.includes('model.onnx')) return 'model.onnx';
  return names.length === 1 ? (names[0] as string) : null;
}

async function listFolder(path: string): Promise<readonly Dirent[] | null> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOTDIR' || code === 'ENOENT') return null;
    throw cause;
  }
}
