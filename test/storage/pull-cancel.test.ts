// A cancel while a store is silent, whatever it was asked: the pull ends at once, as PULL_CANCELLED.
import { describe, expect, it } from 'vitest';
import { readStorageEnvironment } from '../../src/config/storage-environment.ts';
import { PullFolder, pullFrom, quickTransfer } from '../support/stores/pulls.ts';
import { webServer } from '../support/stores/web-server.ts';

const transfer = { ...quickTransfer, idleTimeoutMs: 60_000, connectTimeoutMs: 60_000 };

const asking: readonly (readonly [store: string, uri: string, env: (origin: string) => Record<string, string>])[] = [
  [
    's3',
    's3://models/m',
    (origin) => ({
      AWS_ENDPOINT_URL: origin,
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_REGION: 'us-east-1',
    }),
  ],
  ['gs', 'gs://models/m', (origin) => ({ STORAGE_EMULATOR_HOST: origin })],
  ['hf', 'hf://owner/model', (origin) => ({ HF_ENDPOINT: origin })],
  ['http', 'ORIGIN/model.onnx', () => ({})],
  [
    'azure',
    'https://account.blob.core.windows.net/models/m',
    (origin) => ({
      AZURE_STORAGE_ACCESS_KEY: Buffer.from('key').toString('base64'),
      AZURE_SERVICE_URL: `${origin}/account`,
      AZURE_ACCOUNT_NAME: 'account',
    }),
  ],
];

describe('a cancel', () => {
  it.each(asking)('ends a pull from a silent %s at once', async (_, uri, env) => {
    const ending = new AbortController();
    const { origin, asked } = await webServer(() => setImmediate(() => ending.abort()));
    const config = { ...readStorageEnvironment(env(origin)).config, transfer };
    using folder = new PullFolder();
    const job = { config, uri: uri.replace('ORIGIN', origin) };
    const pulling = pullFrom({ server: { url: origin }, folder, signal: ending.signal, job });
    await expect(pulling).rejects.toMatchObject({ code: 'PULL_CANCELLED' });
    expect(asked.length).toBeGreaterThan(0);
  });

  it.each(asking)('before a pull from %s began asks it nothing', async (_, uri, env) => {
    const { origin, asked } = await webServer((_, response) => response.end());
    const config = { ...readStorageEnvironment(env(origin)).config, transfer };
    using folder = new PullFolder();
    const job = { config, uri: uri.replace('ORIGIN', origin) };
    const pulling = pullFrom({ server: { url: origin }, folder, signal: AbortSignal.abort(), job });
    await expect(pulling).rejects.toMatchObject({ code: 'PULL_CANCELLED' });
    expect(asked.length).toBe(0);
  });
});
