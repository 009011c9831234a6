// A store that misbehaves: what comes is whole and right, or nothing counts and the error says why.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startProgress } from '../../src/storage/download/progress.ts';
import { seededRandom } from '../support/random.ts';
import { PullFolder, pullFrom } from '../support/stores/pulls.ts';
import { errorAnswer, s3Object } from '../support/stores/s3-answers.ts';
import { type Alter, S3Server } from '../support/stores/s3-server.ts';
import { flipped, isBody, spoil, storeFaults } from '../support/stores/store-faults.ts';

const random = seededRandom(7);
const bytesOf = (bytes: number): Buffer => Buffer.from(Uint8Array.from({ length: bytes }, () => random() * 256));
const large = bytesOf(500_000); // eight ranges
const small = bytesOf(10_000);

async function serving(alter: Alter): Promise<S3Server> {
  const server = await S3Server.start({ alter });
  const crc = (body: Buffer) => ({ 'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64') });
  server.put(
    'models',
    'm/large',
    s3Object(large, { headers: { ...crc(large), 'x-amz-checksum-type': 'FULL_OBJECT' } }),
  );
  server.put('models', 'm/sub/small', small); // its ETag is an MD5
  return server;
}

describe('a store that', () => {
  it.each(storeFaults)('$name is no match for a pull', async ({ alter }) => {
    await using server = await serving(alter((key) => (key.endsWith('large') ? large : small)));
    using folder = new PullFolder();
    await pullFrom({ server, folder, transfer: { maxAttempts: 8 } });
    expect(folder.whole).toBe(true);
    const files = folder.files();
    expect(Object.keys(files).toSorted()).toEqual(['large', 'sub/small']);
    expect(files.large?.equals(large)).toBe(true);
    expect(files['sub/small']?.equals(small)).toBe(true);
  });

  it.each([
    [
      'flips a bit each time',
      'CHECKSUM_MISMATCH',
      () => spoil(1e9, (answer) => ({ ...answer, body: flipped(answer.body) })),
    ],
    ['is broken for good', 'STORE_FAILED', () => spoil(1e9, () => errorAnswer(500, 'InternalError'))],
    ['refuses for good', 'STORE_DENIED', () => spoil(1e9, () => errorAnswer(403, 'AccessDenied'))],
    [
      'resets for good',
      'STORE_UNREACHABLE',
      () =>
        spoil(1e9, (_, response) => {
          response.socket?.resetAndDestroy();
          return null;
        }),
    ],
  ] as const)('%s ends a pull with %s, and nothing counts', async (_, code, alter) => {
    await using server = await serving(alter());
    using folder = new PullFolder();
    await expect(pullFrom({ server, folder })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/large|small/),
    });
    expect(folder.whole).toBe(false);
    expect(folder.files()).toEqual({});
  });

  it('swaps an object in the middle gives the new one whole, never a mixture', async () => {
    const next = bytesOf(400_000);
    let seen = 0;
    await using server = await serving((request, answer) => {
      if (isBody(request) && request.key === 'm/large') seen += 1;
      if (seen === 3) server.put('models', 'm/large', next);
      return answer;
    });
    using folder = new PullFolder();
    const result = await pullFrom({ server, folder });
    expect(result.restarts).toBeGreaterThan(0);
    expect(folder.files().large?.equals(next)).toBe(true);
  });

  it('changes an object all the time ends a pull with OBJECT_CHANGED', async () => {
    await using server = await serving((request, answer) => {
      if (isBody(request) && request.key === 'm/large') server.put('models', 'm/large', bytesOf(300_000));
      return answer;
    });
    using folder = new PullFolder();
    await expect(pullFrom({ server, folder })).rejects.toMatchObject({ code: 'OBJECT_CHANGED' });
    expect(folder.whole).toBe(false);
  });

  it('loses an object during the pull ends it with OBJECT_CHANGED, and what came is kept', async () => {
    await using server = await serving((request, answer) => {
      if (isBody(request)) server.bucket('models').delete('m/large');
      return answer;
    });
    using folder = new PullFolder();
    await expect(pullFrom({ server, folder })).rejects.toMatchObject({ code: 'OBJECT_CHANGED' });
    expect(existsSync(join(folder.path, '.outrigger'))).toBe(true);
  });

  it('fails on the second page of a list fails the whole pull', async () => {
    await using server = await S3Server.start({
      pageKeys: 2,
      alter: (request, answer) => (request.query.has('continuation-token') ? errorAnswer(403, 'AccessDenied') : answer),
    });
    for (let file = 0; file < 5; file += 1) server.put('models', `m/${file}`, small);
    using folder = new PullFolder();
    await expect(pullFrom({ server, folder })).rejects.toMatchObject({ code: 'STORE_DENIED' });
    expect(folder.whole).toBe(false);
  });
});

describe('a pull', () => {
  it('that was interrupted goes on where it was: what is verified or written is not fetched again', async () => {
    await using server = await serving((_, answer) => answer);
    using folder = new PullFolder();
    const stopping = new AbortController();
    const progress = startProgress();
    const watch = setInterval(() => progress.fetchedBytes > 200_000 && stopping.abort(), 0);
    const first = pullFrom({ server, folder, signal: stopping.signal, progress, transfer: { maxConnections: 1 } });
    await expect(first).rejects.toMatchObject({ code: 'PULL_CANCELLED' });
    clearInterval(watch);
    const { fetchedBytes } = await pullFrom({ server, folder });
    expect(fetchedBytes).toBeLessThan(large.length + small.length - 100_000);
    expect(folder.files().large?.equals(large)).toBe(true);
  });

  it('of what is here already fetches nothing', async () => {
    await using server = await serving((_, answer) => answer);
    using folder = new PullFolder();
    await pullFrom({ server, folder });
    server.requests.length = 0;
    expect((await pullFrom({ server, folder })).fetchedBytes).toBe(0);
    expect(server.requests.filter(isBody)).toEqual([]);
  });

  it('of a model of which one file changed fetches that one', async () => {
    await using server = await serving((_, answer) => answer);
    using folder = new PullFolder();
    await pullFrom({ server, folder });
    server.put('models', 'm/sub/small', 'new');
    expect((await pullFrom({ server, folder })).fetchedBytes).toBe(3);
    expect(folder.files()['sub/small']?.toString()).toBe('new');
  });

  it('takes away what the store has no more', async () => {
    await using server = await serving((_, answer) => answer);
    using folder = new PullFolder();
    await pullFrom({ server, folder });
    server.bucket('models').delete('m/sub/small');
    await pullFrom({ server, folder });
    expect(Object.keys(folder.files())).toEqual(['large']);
  });
});
