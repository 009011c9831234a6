// The manifests of deploy/: every document of every file that this folder's tests look at.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';

export const root = join(import.meta.dirname, '../..');
const folders = ['deploy/kserve', 'deploy/kubernetes', 'deploy/prometheus'];

/** JSON as it comes; the schemas say what is in it. */
export interface Json {
  readonly [member: string]: Json;
}

interface Manifest {
  readonly path: string; // from the root of the repository
  readonly document: Json;
}

/** @throws when a document is no YAML, or names a member twice */
export function readManifests(path: string): readonly Manifest[] {
  const documents = parseAllDocuments(readFileSync(join(root, path), 'utf8'), { uniqueKeys: true, strict: true });
  return [...documents].map((document) => {
    for (const error of [...document.errors, ...document.warnings]) throw new Error(`${path}: ${error.message}`);
    return { path, document: document.toJS() as Json };
  });
}

export function manifestPaths(): readonly string[] {
  return folders
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted();
}
