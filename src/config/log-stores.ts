// What sinks that are object stores are given; null: none is one, and what the environment says of stores counts for nothing.
import { resolve } from 'node:path';
import { kserveMarshallerUrl } from './kserve-marshaller.ts';
import type { OptionName } from './options.ts';
import type { Environment } from './platform.ts';
import type { ResolvedValues } from './resolve.ts';
import { isStore } from './sinks.ts';
import type { BlobConfig } from './slices.ts';
import { readStorageEnvironment } from './storage-environment.ts';

/** With KServe's agent an object that is not full waits for ever, and ends with the process. */
const defaultLingerMs = 60_000;
/** Every worker may have an object of this size on its way, and makes it longer for that. */
const defaultBatchBytes = 4 * 2 ** 20;

export interface LogStores {
  readonly blob: BlobConfig | null;
  /** Of the environment's variables; with any the rest must not be used. */
  readonly problems: readonly string[];
  readonly notices: readonly string[];
}

/** `given`: the options that somebody named. */
export function readLogStores(
  values: ResolvedValues,
  { given, env }: { readonly given: ReadonlyMap<OptionName, unknown>; readonly env: Environment },
): LogStores {
  if (!values['log-url'].some(isStore)) return { blob: null, problems: [], notices: [] };
  const certName = values['logger-ca-cert-file'];
  const caFiles = given.has('logger-ca-cert-file') && certName !== '' ? [resolve(mountedCaFolder, certName)] : [];
  const tlsSkipVerify = values['logger-tls-skip-verify'];
  const { config: storage, problems, notices } = readStorageEnvironment(env, { caFiles, verifyTls: !tlsSkipVerify });
  const marshallerUrl = values['log-marshaller-url'];
  const blob: BlobConfig = {
    format: values['log-store-format'],
    storePath: values['log-store-path'],
    batchEvents: values['log-batch-size'],
    batchBytes: given.has('log-batch-bytes') ? values['log-batch-bytes'] : defaultBatchBytes,
    lingerMs: given.has('log-batch-interval') ? values['log-batch-interval'] || null : defaultLingerMs,
    marshallerUrl: marshallerUrl === '' || marshallerUrl === kserveMarshallerUrl ? null : marshallerUrl,
    certName,
    tlsSkipVerify,
    storage,
  };
  return { blob, problems, notices };
}

/** Where KServe mounts the CA bundle of its logger. */
export const mountedCaFolder = '/etc/tls/logger';
