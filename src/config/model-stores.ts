// What the stores of models are given: the options of stores, over what the environment says of them.
import type { ValuesOf } from './option.ts';
import type { Environment } from './platform.ts';
import type { PullLimits, PullPatterns, StorageConfig } from './storage-config.ts';
import { readStorageEnvironment } from './storage-environment.ts';
import type { storeOptions } from './store-options.ts';

export interface ModelStores {
  readonly storage: StorageConfig;
  /** Of the environment: STORAGE_ALLOW_PATTERNS, STORAGE_IGNORE_PATTERNS. */
  readonly patterns: PullPatterns;
  readonly limits: PullLimits;
  /** Of the environment's variables; with any the rest must not be used. */
  readonly problems: readonly string[];
  readonly notices: readonly string[];
}

/** `given`: the options that somebody named. */
export function readModelStores(
  values: ValuesOf<typeof storeOptions>,
  { given, env }: { readonly given: ReadonlyMap<string, unknown>; readonly env: Environment },
): ModelStores {
  const caFile = values['store-ca-file'];
  const { config, patterns, problems, notices } = readStorageEnvironment(env, {
    allowAddresses: values['allow-addresses'],
    caFiles: caFile === '' ? [] : [caFile],
    verifyTls: !values['store-tls-skip-verify'],
  });
  const storage = given.has('store-connections') ? withConnections(config, values['store-connections']) : config;
  const limits = { maxFiles: values['max-files'], maxUnpackedBytes: values['max-unpacked-bytes'] };
  return { storage, patterns, limits, problems, notices };
}

/** The flag wins over S3_MAX_FILE_CONCURRENCY. */
function withConnections(config: StorageConfig, maxConnections: number): StorageConfig {
  const minConnections = Math.min(config.transfer.minConnections, maxConnections);
  const connections = { minConnections, maxConnections };
  const s3 = { ...config.s3, transfer: { ...config.s3.transfer, ...connections } };
  return { ...config, s3, transfer: { ...config.transfer, ...connections } };
}
