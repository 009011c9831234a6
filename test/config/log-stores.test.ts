import { describe, expect, it } from 'vitest';
import type { Environment } from '../../src/config/platform.ts';
import { readConfig } from '../../src/config/read.ts';
import type { BlobConfig } from '../../src/config/slices.ts';
import { problemsOf } from './problems-of.ts';

function readBlob(argv: readonly string[] = [], env: Environment = {}): BlobConfig {
  const blob = readConfig({ argv: ['--log-url', 's3://logs/prefix', ...argv], env }).logger?.blob;
  if (!blob) throw new Error('no store');
  return blob;
}

describe('sinks that are stores', () => {
  it('are one record an object, in JSON made here, with nothing but a URL', () => {
    expect(readBlob()).toMatchObject({
      format: 'json',
      storePath: '',
      batchEvents: 1,
      batchBytes: 4_194_304,
      lingerMs: 60_000,
      marshallerUrl: null,
      certName: 'service-ca.crt',
      tlsSkipVerify: false,
    });
  });

  it('take everything that is said of them; no interval is until an object is full', () => {
    const argv = ['--log-batch-size=50', '--log-batch-bytes=7', '--log-batch-interval=0', '--log-store-path=a/b'];
    const blob = readBlob([...argv, '--log-store-format=parquet', '--log-marshaller-url=http://m/']);
    expect(blob).toMatchObject({ batchEvents: 50, batchBytes: 7, lingerMs: null, storePath: 'a/b', format: 'parquet' });
    expect(blob.marshallerUrl).toBe('http://m/');
    expect(readBlob(['--log-batch-interval=3s']).lingerMs).toBe(3_000);
  });

  it('wait a minute also beside a sink of batches, which waits 10 ms', () => {
    const argv = ['--log-url=s3://logs,http://sink', '--log-format=batched'];
    const { logger } = readConfig({ argv, env: {} });
    expect(logger?.delivery.lingerMs).toBe(10);
    expect(logger?.blob?.lingerMs).toBe(60_000);
  });

  it('have no marshaller where it is the one that KServe names to every agent', () => {
    expect(readBlob(['--log-marshaller-url=http://localhost:9083/marshal']).marshallerUrl).toBeNull();
    expect(readBlob(['--log-marshaller-url=']).marshallerUrl).toBeNull();
  });

  it('have credentials and endpoints of the environment, whose problems are problems', () => {
    const env = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_ENDPOINT_URL: 'http://minio:9000' };
    expect(readBlob([], env).storage.s3).toMatchObject({
      endpoint: 'http://minio:9000',
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    });
    const bad = { AWS_ENDPOINT_URL: 'nonsense' };
    expect(problemsOf({ argv: ['--log-url=s3://logs'], env: bad })).toEqual([
      expect.stringContaining('AWS_ENDPOINT_URL'),
    ]);
    expect(problemsOf({ argv: ['--log-url=http://sink'], env: bad })).toEqual([]);
  });

  it('trust the authority that was named, and nobody checks where that was said', () => {
    expect(readBlob().storage.tls).toEqual({ caFiles: [], verify: true });
    const { storage, certName, tlsSkipVerify } = readBlob(['--logger-ca-cert-file=my.crt', '--logger-tls-skip-verify']);
    expect(storage.tls).toEqual({ caFiles: ['/etc/tls/logger/my.crt'], verify: false });
    expect([certName, tlsSkipVerify]).toEqual(['my.crt', true]);
  });

  it('show nothing secret in what /status shows', () => {
    const argv = ['--log-url=https://acc.blob.core.windows.net/c/p?sv=1&sig=secret'];
    const { effective, logger } = readConfig({ argv, env: { AZURE_STORAGE_ACCESS_KEY: 'secret' } });
    expect(JSON.stringify(effective)).not.toContain('secret');
    expect(logger?.sinks.map(({ label }) => label).join()).not.toContain('secret');
  });
});
