// Has what is behind a URI changed since it was pulled? The store is listed, and compared with the marker's list; nothing is fetched.
import { OutriggerError } from '../errors.ts';
import type { Manifest } from './folder/manifest.ts';
import { readMarker } from './folder/marker.ts';
import { type OpenSource, openSource } from './open-source.ts';
import { PullGround } from './pull-ground.ts';
import type { PullJob } from './pull-job.ts';
import { readModelUri } from './uri/read-model-uri.ts';
import { redactUri, specUri } from './uri/redact-uri.ts';
import { wantedFiles } from './uri/wanted-files.ts';

/**
 * same: a pull would fetch nothing; changed: it would. unknown: the folder has no list of what it came from (it is of another
 * agent, or no model), or the store says of an object nothing that pins its bytes.
 */
export type ModelChange = 'same' | 'changed' | 'unknown';

export interface LookHooks {
  readonly signal: AbortSignal;
  /** Shared with pulls; default: its own. */
  readonly ground?: PullGround;
}

type Source = Manifest['files'][number]['source'];

/** The folder's own files are not looked at: see `verifyFolder`. @throws OutriggerError as pullModel */
export async function lookAtModel(job: PullJob, hooks: LookHooks): Promise<ModelChange> {
  const { config, target } = job;
  const uri = readModelUri(job.uri);
  const manifest = await readMarker(target, job.spec ?? { storageUri: specUri(job.uri) });
  if (manifest === null || manifest.files.length === 0) return 'unknown';
  const over = new AbortController();
  const signal = AbortSignal.any([hooks.signal, over.signal]);
  await using own = new PullGround(); // nothing is open in it unless it is used
  let source: OpenSource | null = null;
  try {
    source = await openSource({ uri, config, ground: hooks.ground ?? own, signal });
    return await compare(source, { manifest, job, signal });
  } catch (error) {
    source?.distrust();
    if (!signal.aborted || error instanceof OutriggerError) throw error;
    throw new OutriggerError('PULL_CANCELLED', 'the look at the store was interrupted', { cause: error });
  } finally {
    over.abort();
    await source?.[Symbol.asyncDispose]();
  }
}

interface Comparison {
  readonly manifest: Manifest;
  readonly job: PullJob;
  readonly signal: AbortSignal;
}

async function compare({ store, path }: OpenSource, { manifest, job, signal }: Comparison): Promise<ModelChange> {
  const { patterns, limits } = job;
  const wanted = { shownUri: redactUri(job.uri), path, patterns, limits };
  // Members of an archive have one source together.
  const placed = new Map<string, Source>(manifest.files.map(({ source }) => [source.key, source]));
  let pinned = true;
  for await (const page of wantedFiles(store.list(signal), wanted)) {
    for (const { object } of page) {
      const source = placed.get(object.key);
      placed.delete(object.key);
      if (source === undefined || source.bytes !== object.bytes || source.version !== object.version) return 'changed';
      pinned &&= object.version !== null;
    }
  }
  if (placed.size > 0) return 'changed';
  return pinned ? 'same' : 'unknown';
}
