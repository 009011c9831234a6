// What does `kubectl kustomize` make of a folder?
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { Json } from './manifests.ts';

/** Null where there is no kubectl. @throws with its words when it cannot build the folder */
export async function kustomize(folder: string): Promise<readonly Json[] | null> {
  try {
    const { stdout } = await promisify(execFile)('kubectl', ['kustomize', folder]);
    return [...parseAllDocuments(stdout)].map((document) => document.toJS() as Json);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
