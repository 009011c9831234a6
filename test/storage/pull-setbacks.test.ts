// Does somebody who looks on learn why nothing comes? Attempts that failed before the first byte, and pulls that are given up.
import { describe, expect, it } from 'vitest';
import { startProgress } from '../../src/storage/download/progress.ts';
import { eventually } from '../support/eventually.ts';
import { configOf, PullFolder, pullFrom } from '../support/stores/pulls.ts';
import { errorAnswer } from '../support/stores/s3-answers.ts';
import { S3Server } from '../support/stores/s3-server.ts';
import { sendFile, webServer } from '../support/stores/web-server.ts';

describe('a store that is busy at first', () => {
  it('S3: each failed attempt of the official client counts, with the reason', async () => {
    let refusals = 0;
    await using server = await S3Server.start({
      alter: (request, answer) => {
        if (request.key !== '' || refusals >= 2) return answer;
        refusals += 1;
        return errorAnswer(503, 'SlowDown');
      },
    });
    server.put('models', 'm/a', 'a');
    using folder = new PullFolder();
    const progress = startProgress();
    const { retries } = await pullFrom({ server, folder, progress });
    expect([retries, progress.lastFailure]).toEqual([2, 'the store answered 503 SlowDown']);
  });

  it('http: so does each of our own', async () => {
    const web = await webServer((request, response) => {
      if (web.asked.length <= 2) response.writeHead(503).end();
      else sendFile(request, response, { body: Buffer.from('a'), headers: { etag: '"1"' } });
    });
    using folder = new PullFolder();
    const progress = startProgress();
    await pullFrom({ server: { url: web.origin }, uri: `${web.origin}/m/a`, folder, progress });
    expect([progress.retries, progress.lastFailure]).toEqual([2, 'the store answered 503']);
  });

  it('an answer that is final is no attempt that another one follows', async () => {
    await using server = await S3Server.start();
    server.put('models', 'other', '');
    using folder = new PullFolder();
    const progress = startProgress();
    await expect(pullFrom({ server, folder, progress })).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    expect([progress.retries, progress.lastFailure]).toEqual([0, null]);
  });
});

describe('a store that is down', () => {
  /** Nobody listens there any more. */
  async function closedOrigin(): Promise<string> {
    const server = await S3Server.start();
    const { url } = server;
    await server[Symbol.asyncDispose]();
    return url;
  }

  it.each(['s3', 'http', 'azure', 'gs'])(
    '%s: the reason is there before the pull is given up, and Ctrl-C ends it',
    async (scheme) => {
      const url = await closedOrigin();
      const uri = {
        s3: 's3://models/m',
        http: `${url}/m/a`,
        azure: 'abfs://models@account.dfs.core.windows.net/m',
        gs: 'gs://models/m',
      }[scheme]!;
      using folder = new PullFolder();
      const progress = startProgress();
      const controller = new AbortController();
      const config = configOf({ url }, { maxAttempts: 1000, maxBackoffMs: 20 });
      const job = {
        config: {
          ...config,
          gcs: { ...config.gcs, emulator: url },
          azure: {
            ...config.azure,
            serviceUrl: url,
            accountName: 'account',
            accountKey: Buffer.from('key').toString('base64'),
          },
        },
      };
      const pull = pullFrom({ server: { url }, folder, uri, progress, job, signal: controller.signal });
      const ended = expect(pull).rejects.toMatchObject({ code: 'PULL_CANCELLED' });
      await eventually('a reason', () => progress.lastFailure !== null && progress.retries > 1);
      controller.abort();
      await ended;
      expect(progress.lastFailure).toContain('ECONNREFUSED');
    },
  );
});
