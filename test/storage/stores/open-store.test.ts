import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readStorageEnvironment } from '../../../src/config/storage-environment.ts';
import { configFor } from '../../../src/storage/stores/config-for.ts';
import { openStore } from '../../../src/storage/stores/open-store.ts';
import { readModelUri } from '../../../src/storage/uri/read-model-uri.ts';
import { closedAfterwards, realClient } from '../../support/stores/store-reading.ts';
import { listObjects } from '../../support/stores/store-settings.ts';
import { sendFile, webServer } from '../../support/stores/web-server.ts';

type Env = Readonly<Record<string, string>>;

async function opened(uri: string, env: Env = {}) {
  const { config } = readStorageEnvironment(env);
  const signal = AbortSignal.timeout(10_000);
  const { store, path } = await openStore({ uri: readModelUri(uri), config, http: realClient(), signal });
  return { store: closedAfterwards(store), path };
}

const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'x-1' };
const emulator = { STORAGE_EMULATOR_HOST: '127.0.0.1:1' };

describe('a model URI', () => {
  it.each<[string, string, Env]>([
    ['s3://bucket/models/m', 'models/m', keys],
    ['gs://bucket/models/m', 'models/m', emulator],
    ['https://acc.blob.core.windows.net/models/models/m', 'models/m', { AZURE_STORAGE_ACCESS_KEY: 'a2V5' }],
    ['https://example.com/models/m.bin', 'm.bin', {}],
    ['hf://acme/tiny/sub', 'sub', {}],
  ])('%s is of a store that is reached over HTTP', async (uri, path, env) => {
    const it = await opened(uri, env);
    expect([it.store.kind, it.path]).toEqual(['remote', path]);
  });

  it('of a file is of this machine', async () => {
    const root = mkdtempSync(join(tmpdir(), 'open-store-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    writeFileSync(join(root, 'm'), '');
    expect(await opened(`file://${root}`)).toMatchObject({ store: { kind: 'local' }, path: '' });
    expect(await opened(`file://${root}/m`)).toMatchObject({ store: { kind: 'local' }, path: 'm' });
  });

  it('of a web server is asked with the headers of its host', async () => {
    const server = await webServer((request, response) => sendFile(request, response, { body: Buffer.from('x') }));
    const { store } = await opened(`${server.origin}/m`, { [`${server.host}-headers`]: '{"x-key": "k"}' });
    expect(await listObjects(store)).toMatchObject([{ key: 'm', bytes: 1 }]);
    expect(server.asked[0]?.headers['x-key']).toBe('k');
  });

  it('is not opened for who has left', async () => {
    const { config } = readStorageEnvironment({});
    const uri = readModelUri('file:///x');
    const signal = AbortSignal.abort(new Error('left'));
    await expect(openStore({ uri, config, http: realClient(), signal })).rejects.toThrow('left');
  });
});

describe('the configuration of one URI', () => {
  const { config } = readStorageEnvironment({ S3_VERIFY_SSL: '0', S3_READ_TIMEOUT: '5', AWS_CA_BUNDLE: '/ca.pem' });

  it('has the authorities and the patience of S3 for S3 alone', () => {
    const own = configFor({ scheme: 's3' }, config);
    expect(own.tls).toEqual({ caFiles: ['/ca.pem'], verify: false });
    expect(own.transfer).toEqual({ ...config.transfer, idleTimeoutMs: 5_000 });
    expect(configFor({ scheme: 'http' }, config)).toBe(config);
    expect(config.tls).toEqual({ caFiles: [], verify: true });
  });
});
