// The slice of payload logging out of the options' values; null: nothing is logged.
import { resolve } from 'node:path';
import { mountedCaFolder } from './log-stores.ts';
import type { OptionName } from './options.ts';
import type { ResolvedValues } from './resolve.ts';
import { addressOf, readSinks } from './sinks.ts';
import type {
  BlobConfig,
  DeadLetterConfig,
  DeliveryConfig,
  LogAttributes,
  LoggerConfig,
  LogSelection,
  SinkConfig,
  SpoolConfig,
} from './slices.ts';

const secretHeaders: readonly string[] = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie'];

export interface LoggerSources {
  /** The options that somebody named; the certificate of one that nobody named may be missing. */
  readonly given: ReadonlyMap<OptionName, unknown>;
  readonly blob: BlobConfig | null;
}

export function loggerOf(values: ResolvedValues, { given, blob }: LoggerSources): LoggerConfig | null {
  const deadLetterUrl = values['log-dead-letter-url'] === '' ? null : addressOf(values['log-dead-letter-url']);
  const everySink = readSinks([...values['log-url'], ...(deadLetterUrl === null ? [] : [deadLetterUrl])]);
  const sinks = everySink.filter(({ url }) => url !== deadLetterUrl);
  if (sinks.length === 0) return null;
  return {
    sinks,
    selection: selectionOf(values),
    attributes: attributesOf(values),
    queue: { maxBytes: values['log-queue-max-bytes'], maxEvents: values['log-queue-max-events'] },
    delivery: deliveryOf(values, given),
    blob,
    deadLetters: deadLettersOf(
      values,
      everySink.find(({ url }) => url === deadLetterUrl),
    ),
    spool: spoolOf(values),
  };
}

function selectionOf(values: ResolvedValues): LogSelection {
  return {
    mode: values['log-mode'],
    allResponses: values['log-all-responses'],
    combined: values['log-combined'] && values['log-mode'] === 'all', // one message alone is an event of its own
    sampleRate: values['log-sample-rate'],
    sampleBy: values['log-sample-by'],
    optOutHeader: values['log-opt-out-header'].toLowerCase() || null,
    maxBytes: values['log-max-bytes'] || null,
    redact: values['log-redact'].map(({ rule }) => rule),
  };
}

function attributesOf(values: ResolvedValues): LogAttributes {
  const refused = refusedHeaders(values);
  return {
    source: values['source-uri'],
    inferenceService: values['inference-service'],
    namespace: values.namespace,
    component: values.component,
    endpoint: values.endpoint,
    annotations: values['metadata-annotations'],
    metadataHeaders: [...new Set(values['metadata-headers'])].filter((name) => !refused.includes(name)),
    more: values['log-attributes'],
    distinctIds: values['log-event-ids'] === 'distinct',
    modelAttributes: values['log-model-attributes'],
  };
}

/** Headers that somebody wants in every event and that are somebody else's secrets, as they were spelled. */
export function refusedHeaders(values: ResolvedValues): string[] {
  if (values['log-sensitive-headers']) return [];
  return [...new Set(values['metadata-headers'])].filter((name) => secretHeaders.includes(name.toLowerCase()));
}

function deliveryOf(values: ResolvedValues, given: ReadonlyMap<OptionName, unknown>): DeliveryConfig {
  const caFile = values['logger-ca-cert-file'];
  return {
    workers: values.workers,
    timeoutMs: values['log-client-timeout'],
    format: values['log-format'],
    batchEvents: values['log-batch-size'],
    batchBytes: values['log-batch-bytes'],
    lingerMs: values['log-batch-interval'],
    maxAttempts: values['log-max-attempts'],
    maxBackoffMs: values['log-max-backoff'],
    tls: {
      caFile: caFile === '' ? null : resolve(mountedCaFolder, caFile),
      caRequired: caFile !== '' && given.has('logger-ca-cert-file'),
      skipVerify: values['logger-tls-skip-verify'],
      certFile: values['log-client-cert-file'] || null,
      keyFile: values['log-client-key-file'] || null,
    },
    bearerTokenFile: values['log-bearer-token-file'] || null,
  };
}

function deadLettersOf(values: ResolvedValues, sink: SinkConfig | undefined): DeadLetterConfig | null {
  if (sink !== undefined) return { kind: 'sink', url: sink.url, label: sink.label };
  const dir = values['log-dead-letter-dir'];
  return dir === '' ? null : { kind: 'folder', dir, maxBytes: values['log-dead-letter-max-bytes'] };
}

function spoolOf(values: ResolvedValues): SpoolConfig | null {
  if (values['log-spool-dir'] === '') return null;
  return {
    dir: values['log-spool-dir'],
    maxBytes: values['log-spool-max-bytes'],
    sync: values['log-spool-sync'],
    waitMs: values['log-spool-wait-ms'],
  };
}
