import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import type { LoggerConfig } from '../../src/config/slices.ts';
import { problemsOf } from './problems-of.ts';

function readLogger(...argv: string[]): LoggerConfig {
  const { logger } = readConfig({ argv: ['--log-url', 'http://sink/', ...argv], env: {} });
  if (logger === null) throw new Error('logging is off');
  return logger;
}

describe('payload logging', () => {
  it('is null unless there is a sink, whatever else is said of it', () => {
    for (const argv of [[], ['--log-url='], ['--log-mode=request', '--log-dead-letter-url=http://dead/']]) {
      expect(readConfig({ argv, env: {} }).logger).toBeNull();
    }
  });

  it('with nothing but a sink is complete', () => {
    expect(readLogger()).toEqual({
      sinks: [{ kind: 'http', url: 'http://sink/', label: 'http://sink/' }],
      selection: {
        mode: 'all',
        allResponses: false,
        combined: false,
        sampleRate: 1,
        sampleBy: 'random',
        optOutHeader: null,
        maxBytes: null,
        redact: [],
      },
      attributes: {
        source: 'http://localhost:9081/',
        inferenceService: '',
        namespace: '',
        component: '',
        endpoint: '',
        annotations: {},
        metadataHeaders: [],
        more: {},
        distinctIds: false,
        modelAttributes: true,
      },
      queue: { maxBytes: 67_108_864, maxEvents: 100_000 },
      delivery: {
        workers: 5,
        timeoutMs: 10_000,
        format: 'binary',
        batchEvents: 1,
        batchBytes: 1_048_576,
        lingerMs: 0,
        maxAttempts: 10,
        maxBackoffMs: 30_000,
        tls: {
          caFile: '/etc/tls/logger/service-ca.crt',
          caRequired: false,
          skipVerify: false,
          certFile: null,
          keyFile: null,
        },
        bearerTokenFile: null,
      },
      blob: null,
      deadLetters: null,
      spool: null,
    });
  });

  it('has several sinks, as a list and by repeated flags, each once', () => {
    const argv = ['--log-url', 'https://u:p@a/?x=1,2, http://b', '--log-url=http://b/,http://c/'];
    expect(readConfig({ argv, env: {} }).logger?.sinks).toEqual([
      { kind: 'http', url: 'https://u:p@a/?x=1,2', label: 'https://a/' },
      { kind: 'http', url: 'http://b/', label: 'http://b/' },
      { kind: 'http', url: 'http://c/', label: 'http://c/' },
    ]);
  });

  it('takes everything that is said of events', () => {
    const { selection, attributes } = readLogger(
      ...['--log-all-responses', '--log-combined', '--log-sample-rate=0.25', '--log-sample-by=id'],
      ...['--log-opt-out-header=X-No-Log', '--log-max-bytes=1Ki', '--log-redact=$.a[*],tensor:b'],
      ...['--source-uri=pod-0', '--inference-service=i', '--namespace=n', '--endpoint=e', '--component=c'],
      ...['--metadata-headers=Foo,X-Bar,Foo', '--metadata-annotations=a=b', '--log-attributes=team=t'],
      ...['--log-event-ids=distinct', '--log-model-attributes=false'],
    );
    expect(selection).toEqual({
      mode: 'all',
      allResponses: true,
      combined: true,
      sampleRate: 0.25,
      sampleBy: 'id',
      optOutHeader: 'x-no-log',
      maxBytes: 1_024,
      redact: [
        { kind: 'path', steps: ['a', '*'] },
        { kind: 'tensor', name: 'b' },
      ],
    });
    expect(attributes).toEqual({
      source: 'pod-0',
      inferenceService: 'i',
      namespace: 'n',
      component: 'c',
      endpoint: 'e',
      annotations: { a: 'b' },
      metadataHeaders: ['Foo', 'X-Bar'],
      more: { team: 't' },
      distinctIds: true,
      modelAttributes: false,
    });
  });

  it('takes everything that is said of delivery', () => {
    const logger = readLogger(
      ...['--workers=2', '--log-client-timeout=1s', '--log-max-attempts=3', '--log-max-backoff=1m'],
      ...['--log-queue-max-bytes=1Mi', '--log-queue-max-events=7', '--logger-tls-skip-verify'],
      ...['--log-client-cert-file=/c', '--log-client-key-file=/k', '--log-bearer-token-file=/t'],
      ...['--log-spool-dir=/s', '--log-spool-max-bytes=2Mi', '--log-spool-sync=full', '--log-spool-wait-ms=0'],
    );
    expect(logger.queue).toEqual({ maxBytes: 1_048_576, maxEvents: 7 });
    expect(logger.delivery).toMatchObject({ workers: 2, timeoutMs: 1_000, maxAttempts: 3, maxBackoffMs: 60_000 });
    expect(logger.delivery.tls).toMatchObject({ skipVerify: true, certFile: '/c', keyFile: '/k' });
    expect(logger.delivery.bearerTokenFile).toBe('/t');
    expect(logger.spool).toEqual({ dir: '/s', maxBytes: 2_097_152, sync: 'full', waitMs: 0 });
  });

  it('has batches of a hundred events after 10 ms unless told otherwise, when batched', () => {
    expect(readLogger('--log-format=batched').delivery).toMatchObject({ batchEvents: 100, lingerMs: 10 });
    const own = readLogger(
      '--log-format=batched',
      '--log-batch-size=7',
      '--log-batch-interval=0',
      '--log-batch-bytes=9',
    );
    expect(own.delivery).toMatchObject({ format: 'batched', batchEvents: 7, lingerMs: 0, batchBytes: 9 });
  });

  it('looks for a certificate where KServe mounts it, and misses only one that somebody named', () => {
    const caOf = (...argv: string[]) => readLogger(...argv).delivery.tls;
    expect(caOf('--logger-ca-cert-file', 'ca.crt')).toMatchObject({
      caFile: '/etc/tls/logger/ca.crt',
      caRequired: true,
    });
    expect(caOf('--logger-ca-cert-file', '/x/ca.crt')).toMatchObject({ caFile: '/x/ca.crt', caRequired: true });
    expect(caOf('--logger-ca-cert-file=')).toMatchObject({ caFile: null, caRequired: false });
  });

  it('has dead letters in a folder or at a sink, whose label is its own', () => {
    expect(readLogger('--log-dead-letter-dir=/d').deadLetters).toEqual({
      kind: 'folder',
      dir: '/d',
      maxBytes: 1_073_741_824,
    });
    const logger = readLogger('--log-dead-letter-url=http://u:p@sink?dead=1');
    expect(logger.sinks).toEqual([{ kind: 'http', url: 'http://sink/', label: 'http://sink/' }]);
    expect(logger.deadLetters).toEqual({ kind: 'sink', url: 'http://u:p@sink/?dead=1', label: 'http://sink/#2' });
  });

  it('shows no secret of any of its URLs', () => {
    const argv = [
      '--log-url=http://a/?sig=secret,https://u:secret@b/,s3://logs',
      '--log-dead-letter-url=https://secret@c',
    ];
    const config = readConfig({ argv, env: {} });
    expect(config.effective['log-url']).toBe('http://a/?sig=***,https://***@b/,s3://logs');
    expect(JSON.stringify([config.effective, config.notices])).not.toContain('secret');
    expect(problemsOf({ argv: [...argv, '--log-url=http://a/,ftp://u:secret@b/'] }).join()).not.toContain('secret');
  });
});
