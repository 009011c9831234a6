// Do two specs mean the same files? Their keys say so: what a model takes in memory is no matter of its files.
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../storage/folder/canonical-json.ts';

/** sha256 (hex). @param spec of models.json, its URI by `specUri`, or of a marker on disk */
export function filesKeyOf(spec: Readonly<Record<string, unknown>>): string {
  const { memory: _, ...ofFiles } = spec;
  return createHash('sha256').update(canonicalJson(ofFiles)).digest('hex');
}
