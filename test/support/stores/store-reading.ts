// What a test does with a store that is read: fetch bytes of it with the real client.
import { onTestFinished } from 'vitest';
import { readStorageEnvironment, type StorageFlags } from '../../../src/config/storage-environment.ts';
import { fetchWhole } from '../../../src/storage/http/fetch-whole.ts';
import type { HttpClient } from '../../../src/storage/http/http-client.ts';
import { openHttpClient } from '../../../src/storage/http/open-http-client.ts';
import type { ByteRange, RemoteStore, StoredObject } from '../../../src/storage/object-store.ts';

/** Gives up soon, so that a test of giving up is short. */
export const impatient = {
  ...readStorageEnvironment({}).config.transfer,
  connectTimeoutMs: 2_000,
  idleTimeoutMs: 2_000,
  maxAttempts: 3,
  maxBackoffMs: 5,
};

export function realClient(env: Readonly<Record<string, string>> = {}, flags: StorageFlags = {}): HttpClient {
  return openHttpClient({ ...readStorageEnvironment(env, flags).config, transfer: impatient });
}

export function closedAfterwards<T extends AsyncDisposable>(store: T): T {
  onTestFinished(() => store[Symbol.asyncDispose]());
  return store;
}

export async function fetched(store: RemoteStore, object: StoredObject, range: ByteRange | null = null) {
  const lane = realClient().openLane(store.reach);
  const request = await store.rangeRequest(object, range);
  try {
    const answer = await fetchWhole(lane, request, { maxBytes: 1_000_000, signal: AbortSignal.timeout(10_000) });
    return { ...answer, request, text: answer.body.toString('latin1') };
  } finally {
    lane.close();
  }
}
