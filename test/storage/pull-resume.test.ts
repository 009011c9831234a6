// A pull that ends at any moment leaves what the next one can go on with, and never a folder that counts as a model.
import { existsSync, rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { OutriggerError } from '../../src/errors.ts';
import { startProgress } from '../../src/storage/download/progress.ts';
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';
import { PullFolder, pullFrom, quickTransfer } from '../support/stores/pulls.ts';
import { s3Object } from '../support/stores/s3-answers.ts';
import { S3Server } from '../support/stores/s3-server.ts';

const random = seededRandom(seed);
const bytesOf = (bytes: number): Buffer => Buffer.from(Uint8Array.from({ length: bytes }, () => random() * 256));

describe('a pull that was interrupted', () => {
  it('at thirty random moments is whole in the end, and was never whole before', async () => {
    const model: Record<string, Buffer> = {
      large: bytesOf(700_000),
      'a/small': bytesOf(5000),
      'a/empty': Buffer.alloc(0),
    };
    for (let file = 0; file < 20; file += 1) model[`many/${file}`] = bytesOf(100);
    await using server = await S3Server.start();
    for (const [path, body] of Object.entries(model)) server.put('models', `m/${path}`, body);
    using folder = new PullFolder();
    let [aborted, whole] = [0, 0];
    for (let time = 0; time < 30; time += 1) {
      const ending = new AbortController();
      const pulling = pullFrom({ server, folder, signal: ending.signal }).then(
        () => 'whole',
        (error: unknown) => (error instanceof OutriggerError ? error.code : error),
      );
      await Promise.race([wait(random() * 60), pulling]);
      ending.abort();
      const outcome = await pulling;
      expect(['whole', 'PULL_CANCELLED']).toContain(outcome);
      if (outcome === 'whole') {
        whole += 1;
        rmSync(folder.path, { recursive: true });
      } else {
        aborted += 1;
        expect(existsSync(folder.path) && folder.whole).toBe(false);
      }
    }
    expect(aborted + whole).toBe(30);
    const progress = startProgress();
    await pullFrom({ server, folder, progress });
    const bytes = Object.values(model).reduce((sum, body) => sum + body.length, 0);
    expect(progress).toMatchObject({ doneBytes: bytes, listedBytes: bytes, doneFiles: 23, restarts: 0 });
    const files = folder.files();
    expect(Object.keys(files).toSorted()).toEqual(Object.keys(model).toSorted());
    expect(Object.entries(model).every(([path, body]) => files[path]?.equals(body))).toBe(true);
  });

  it('fetches at most the part that each connection was at a second time', async () => {
    const body = bytesOf(2_000_000);
    const ending = new AbortController();
    await using server = await serving(() => ({ 12: () => ending.abort() }));
    server.put('models', 'm/large', body);
    using folder = new PullFolder();
    const first = startProgress();
    const pulling = pullFrom({ server, folder, signal: ending.signal, progress: first });
    await expect(pulling).rejects.toMatchObject({ code: 'PULL_CANCELLED' });
    const second = startProgress();
    await pullFrom({ server, folder, progress: second });
    expect(folder.files().large?.equals(body)).toBe(true);
    const { maxConnections, partBytes } = quickTransfer;
    expect(first.fetchedBytes + second.fetchedBytes).toBeLessThanOrEqual(body.length + maxConnections * partBytes);
    expect(second).toMatchObject({ doneBytes: body.length, listedBytes: body.length });
    expect(second.keptBytes).toBeGreaterThan(0);
    expect(second.keptBytes + second.fetchedBytes).toBe(body.length);
  });

  it('and whose object changes while it goes on has nothing of the old one', async () => {
    const [before, after] = [bytesOf(500_000), bytesOf(450_000)];
    const kept = (body: Buffer, etag: string) => s3Object(body, { etag }); // no checksum could tell
    const ending = new AbortController();
    await using server = await serving((server) => ({
      5: () => ending.abort(),
      7: () => server.put('models', 'm/large', kept(after, '"after"')),
    }));
    server.put('models', 'm/large', kept(before, '"before"'));
    using folder = new PullFolder();
    const one = { maxConnections: 1 };
    await expect(pullFrom({ server, folder, signal: ending.signal, transfer: one })).rejects.toMatchObject({
      code: 'PULL_CANCELLED',
    });
    const progress = startProgress();
    await pullFrom({ server, folder, progress, transfer: one });
    expect(folder.files().large?.equals(after)).toBe(true);
    const bytes = after.length;
    expect(progress).toMatchObject({ restarts: 1, keptBytes: 0, doneBytes: bytes, listedBytes: bytes });
  });
});

/** Does something before the nth request for bytes is answered. */
async function serving(script: (server: S3Server) => Readonly<Record<number, () => unknown>>): Promise<S3Server> {
  let asked = 0;
  const server = await S3Server.start({
    alter: ({ method, key }, answer) => {
      if (method === 'GET' && key !== '') script(server)[++asked]?.();
      return answer;
    },
  });
  return server;
}
