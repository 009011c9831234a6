// One model from its URI into its folder, in reading order: list, fetch, verify, unpack, publish.
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { Disposal } from '../disposal.ts';
import { type ErrorCode, OutriggerError } from '../errors.ts';
import { archiveHeadBytes, detectArchive } from './archive/detect-archive.ts';
import { unpackArchive } from './archive/unpack-archive.ts';
import { copyFiles } from './download/copy-local.ts';
import { downloadFiles } from './download/download.ts';
import { noteSetback } from './download/progress.ts';
import type { PlacedFile } from './folder/manifest.ts';
import { openStaging } from './folder/open-staging.ts';
import { refuseInside } from './folder/refuse-inside.ts';
import type { Staging } from './folder/staging.ts';
import { unpackedEarlier } from './folder/unpacked-earlier.ts';
import { type OpenSource, openSource } from './open-source.ts';
import { PullGround } from './pull-ground.ts';
import type { PullHooks, PullJob, PullResult } from './pull-job.ts';
import { peek } from './uri/peek.ts';
import { readModelUri } from './uri/read-model-uri.ts';
import { redactUri, specUri } from './uri/redact-uri.ts';
import { type WantedFile, wantedFiles } from './uri/wanted-files.ts';

/**
 * All of it, verified and in its place, or nothing of it: what is half done stays in the staging folder for the next pull.
 * @throws OutriggerError as errors.ts lists them for stores
 */
export async function pullModel(job: PullJob, hooks: PullHooks): Promise<PullResult> {
  const { target, config } = job;
  const uri = readModelUri(job.uri);
  const { progress } = hooks;
  const over = new AbortController(); // whatever ends the pull ends what the store is still being asked
  const signal = AbortSignal.any([hooks.signal, over.signal]);
  const opened = new Disposal();
  const ground = hooks.ground ?? opened.use(new PullGround());
  let source: OpenSource | null = null;
  try {
    const onSetback = (reason: string): void => noteSetback(progress, reason);
    if (uri.scheme === 'file') await refuseInside(uri.path, target);
    source = opened.use(await openSource({ uri, config, ground, signal, onSetback }));
    const spec = job.spec ?? { storageUri: specUri(job.uri) };
    const staging = opened.use(await openStaging({ target, spec }));
    const shownUri = redactUri(job.uri);
    return await pullInto(staging, { signal, progress, job, shownUri, spec, source, ground, opened });
  } catch (error) {
    source?.distrust();
    if (!signal.aborted || error instanceof OutriggerError) throw error;
    throw new OutriggerError('PULL_CANCELLED', 'the pull was interrupted', { cause: error });
  } finally {
    over.abort();
    await opened[Symbol.asyncDispose]();
  }
}

/** No other pull of the same objects would end otherwise: nothing is kept for it. */
const refusals: readonly ErrorCode[] = ['UNSAFE_PATH', 'ARCHIVE_INVALID', 'PULL_TOO_LARGE', 'MODEL_NOT_FOUND'];

async function pullInto(staging: Staging, parts: Opened): Promise<PullResult> {
  const { job, shownUri, spec, source, signal, progress } = parts;
  const { store, path } = source;
  const { patterns, limits, target } = job;
  try {
    const wanted = wantedFiles(store.list(signal), { shownUri, path, patterns, limits });
    const { pages, only } = await peek(wanted);
    const unpackedBefore = only === null ? null : await unpackedEarlier(only, { target, spec });
    if (unpackedBefore !== null) {
      await staging.discard();
      return resultOf(unpackedBefore, parts);
    }
    await fetchFiles(pages, { ...parts, staging });
    if (only !== null) await unpack(only, { ...parts, staging });
    progress.phase = 'publishing';
    return resultOf(await staging.publish(), parts);
  } catch (error) {
    if (error instanceof OutriggerError && refusals.includes(error.code))
      await staging.discard().catch(() => undefined); // told is what was refused
    throw error;
  }
}

interface Opened extends Pick<PullHooks, 'signal' | 'progress'> {
  readonly job: PullJob;
  /** Without secrets. */
  readonly shownUri: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly source: OpenSource;
  readonly ground: PullGround;
  readonly opened: Disposal;
}

interface Pulling extends Opened {
  readonly staging: Staging;
}

async function fetchFiles(pages: AsyncIterable<readonly WantedFile[]>, fetching: Pulling): Promise<void> {
  const { job, source, ground, opened } = fetching;
  const { store, http, transfer } = source;
  if (store.kind === 'local') {
    await copyFiles(pages, { ...fetching, store });
    return;
  }
  const { part: hashes } = opened.use(await ground.hashes());
  using seat = ground.connections.join();
  const { maxUnpackedBytes } = job.limits;
  await downloadFiles(pages, { ...fetching, store, http, transfer, hashes, seat, maxUnpackedBytes });
}

/** A model that is one archive is what is in it (KServe's rule). */
async function unpack({ path, object }: WantedFile, { job, staging, progress, signal }: Pulling): Promise<void> {
  const file = staging.pathOf(path);
  const kind = detectArchive({ name: path, contentType: object.contentType ?? null, head: await headOf(file) });
  if (kind === null) return;
  progress.phase = 'unpacking';
  const into = await staging.unpackFolder(path);
  const onBytes = (bytes: number): void => {
    progress.unpackedBytes += bytes;
  };
  const { limits } = job;
  staging.unpacked(path, await unpackArchive({ file, kind, name: basename(path), into, limits, signal, onBytes }));
}

async function headOf(file: string): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(archiveHeadBytes), 0, archiveHeadBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function resultOf(placed: readonly PlacedFile[], { progress }: PullHooks): PullResult {
  return {
    files: placed.length,
    bytes: placed.reduce((sum, { bytes }) => sum + bytes, 0),
    fetchedBytes: progress.fetchedBytes,
    retries: progress.retries,
    restarts: progress.restarts,
  };
}
