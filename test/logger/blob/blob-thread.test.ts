import { expect, it } from 'vitest';
import { readConfig } from '../../../src/config/read.ts';
import { BlobThread } from '../../../src/logger/blob/blob-thread.ts';
import type { Attempt } from '../../../src/logger/delivery/delivery.ts';
import { s3Environment, startBucket } from '../../conformance/logging/store-logging.ts';
import { eventually } from '../../support/eventually.ts';
import { logEvent } from '../../support/log-events.ts';

function openThread(urls: readonly string[], env: Readonly<Record<string, string>> = {}): BlobThread {
  const { blob } = readConfig({ argv: ['--log-url', urls.join()], env }).logger!;
  return new BlobThread({ urls, config: blob!, timeoutMs: 10_000 }, () => undefined);
}

function deliver(thread: BlobThread, url: string): Promise<Attempt> {
  return new Promise((resolve) => thread.carrier(url).deliver([logEvent()], resolve));
}

it('stores of one thread are told apart', async () => {
  const server = await startBucket();
  server.bucket('other');
  await using thread = openThread(['s3://logs/a', 's3://other/b'], s3Environment(server));
  const attempts = await Promise.all(['s3://other/b', 's3://logs/a'].map((url) => deliver(thread, url)));
  expect(attempts).toMatchObject([{ status: 200 }, { status: 200 }]);
  expect([...server.bucket('logs').keys()]).toEqual(['a/e-1-request.json']);
  expect([...server.bucket('other').keys()]).toEqual(['b/e-1-request.json']);
});

it('the end of the thread is the end of every attempt, also of those that come later', async () => {
  const server = await startBucket({ alter: () => null });
  const thread = openThread(['s3://logs'], s3Environment(server));
  const attempt = deliver(thread, 's3://logs');
  await eventually('it is under way', () => server.requests.length === 1);
  await thread[Symbol.asyncDispose]();
  const ended = { kind: 'failed', code: 'thread' };
  expect([await attempt, await deliver(thread, 's3://logs')]).toMatchObject([ended, ended]);
  await thread[Symbol.asyncDispose]();
});

it('a URL that names no bucket starts no thread', () => {
  expect(() => openThread(['s3://a..b'])).toThrow(expect.objectContaining({ code: 'MODEL_URI_INVALID' }));
});
