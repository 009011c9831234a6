// What the environment says about stores: credentials, endpoints, authorities, proxies, patterns; all problems at once.
import { resolve } from 'node:path';
import type { Environment } from './platform.ts';
import { readAzure, readGcs, readHuggingFace } from './storage/cloud-variables.ts';
import { readHostHeaders, readMountedCa, readProxy } from './storage/network-variables.ts';
import { readPatterns } from './storage/pattern-variables.ts';
import { readS3 } from './storage/s3-variables.ts';
import { withStorageSpec } from './storage/storage-spec.ts';
import type { PullPatterns, StorageConfig, StoreTls, TransferConfig } from './storage-config.ts';

export interface StorageEnvironment {
  readonly config: StorageConfig;
  readonly patterns: PullPatterns;
  /** Each `NAME: expected ..., got ...`, never with the value of a secret; with any the rest must not be used. */
  readonly problems: string[];
  readonly notices: string[];
}

/** What only flags say. */
export interface StorageFlags {
  readonly allowAddresses?: readonly string[];
  /** PEM files, of every scheme, beside those of the environment. */
  readonly caFiles?: readonly string[];
  /** False: certificates are not verified, of every scheme. Default true. */
  readonly verifyTls?: boolean;
}

const transferDefaults: TransferConfig = {
  minConnections: 8,
  maxConnections: 64,
  partBytes: 8 * 2 ** 20,
  connectTimeoutMs: 15_000,
  idleTimeoutMs: 30_000,
  maxAttempts: 10,
  maxBackoffMs: 20_000,
};

/** The names are those of KServe's credential builder and of the official clients (facts/kserve-agent.md 8). */
export function readStorageEnvironment(env: Environment, flags: StorageFlags = {}): StorageEnvironment {
  const findings = { problems: [], notices: [] };
  const variables = withStorageSpec(env, findings);
  const mountedCa = readMountedCa(variables);
  const tls: StoreTls = {
    caFiles: [...mountedCa, ...(flags.caFiles ?? []).map((file) => resolve(file))],
    verify: flags.verifyTls ?? true,
  };
  const config: StorageConfig = {
    s3: readS3(variables, { tls, mountedCa }),
    gcs: readGcs(variables),
    azure: readAzure(variables),
    http: readHostHeaders(variables),
    huggingFace: readHuggingFace(variables),
    tls,
    proxy: readProxy(variables),
    allowAddresses: flags.allowAddresses ?? [],
    transfer: transferDefaults,
  };
  return { config, patterns: readPatterns(variables), ...findings };
}
