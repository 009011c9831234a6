// One model from its URI into its folder, in reading order: list, fetch, verify, unpack, publish.
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { TransferConfig } from '../config/storage-config.ts';
import { Disposal } from '../disposal.ts';
import { type ErrorCode, OutriggerError } from '../errors.ts';
import { archiveHeadBytes, detectArchive } from './archive/detect-archive.ts';
import { unpackArchive } from './archive/unpack-archive.ts';
import { openHashThread } from './checksum/hash-thread.ts';
import { copyFiles } from './download/copy-local.ts';
import { downloadFiles } from './download/download.ts';
import { noteSetback } from './download/progress.ts';
import type { PlacedFile } from './folder/manifest.ts';
import { openStaging } from './folder/open-staging.ts';
import { refuseInside } from './folder/refuse-inside.ts';
import type { Staging } from './folder/staging.ts';
import { unpackedEarlier } from './folder/unpacked-earlier.ts';
import type { HttpClient } from './http/http-client.ts';
import { openHttpClient } from './http/open-http-client.ts';
import type { ReadableStore } from './object-store.ts';
import type { PullHooks, PullJob, PullResult } from './pull-job.ts';
import { configFor } from './stores/config-for.ts';
import { openStore } from './stores/open-store.ts';
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
  const client = configFor(uri, config);
  const { progress } = hooks;
  const over = new AbortController(); // whatever ends the pull ends what the store is still being asked
  const signal = AbortSignal.any([hooks.signal, over.signal]);
  const opened = new Disposal();
  try {
    const http = openHttpClient(client);
    const onSetback = (reason: string): void => noteSetback(progress, reason);
    if (uri.scheme === 'file') await refuseInside(uri.path, target);
    const { store, path } = await openStore({ uri, config, http, signal, onSetback });
    opened.use(store);
    const spec = job.spec ?? { storageUri: specUri(job.uri) };
    const staging = opened.use(await openStaging({ target, spec }));
    const shownUri = redactUri(job.uri);
    const { transfer } = client;
    return await pullInto(staging, { signal, progress, job, shownUri, spec, path, transfer, store, http, opened });
  } catch (error) {
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
  const { job, shownUri, spec, path, store, signal, progress } = parts;
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

interface Opened extends PullHooks {
  readonly job: PullJob;
  /** Without secrets. */
  readonly shownUri: string;
  readonly spec: Readonly<Record<string, unknown>>;
  /** What the URI means among the store's keys. */
  readonly path: string;
  readonly transfer: TransferConfig;
  readonly store: ReadableStore;
  readonly http: HttpClient;
  readonly opened: Disposal;
}

interface Pulling extends Opened {
  readonly staging: Staging;
}

async function fetchFiles(pages: AsyncIterable<readonly WantedFile[]>, fetching: Pulling): Promise<void> {
  const { job, store, opened } = fetching;
  if (store.kind === 'local') {
    await copyFiles(pages, { ...fetching, store });
    return;
  }
  const hashes = opened.use(openHashThread());
  const { maxUnpackedBytes } = job.limits;
  await downloadFiles(pages, { ...fetching, store, hashes, maxUnpackedBytes });
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
