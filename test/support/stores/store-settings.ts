// What a store is opened with in a test: no authorities of its own, no proxy, short waits.
import type { ProxyConfig, StoreTls, TransferConfig } from '../../../src/config/storage-config.ts';
import type { ReadableStore, StoredObject } from '../../../src/storage/object-store.ts';

export interface StoreSettings {
  readonly tls: StoreTls;
  readonly proxy: ProxyConfig;
  readonly transfer: TransferConfig;
}

export const storeSettings: StoreSettings = {
  tls: { caFiles: [], verify: true },
  proxy: { http: null, https: null, none: [] },
  transfer: {
    minConnections: 2,
    maxConnections: 4,
    partBytes: 1024,
    connectTimeoutMs: 2000,
    idleTimeoutMs: 2000,
    maxAttempts: 3,
    maxBackoffMs: 1,
  },
};

/** All pages at once. */
export async function listObjects(
  store: ReadableStore,
  signal: AbortSignal = AbortSignal.timeout(10_000),
): Promise<StoredObject[]> {
  const objects: StoredObject[] = [];
  for await (const page of store.list(signal)) objects.push(...page);
  return objects;
}
