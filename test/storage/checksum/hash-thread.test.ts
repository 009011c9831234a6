import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HashThread, openHashThread } from '../../../src/storage/checksum/hash-thread.ts';

const folder = mkdtempSync(join(tmpdir(), 'hash-thread-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = 5 * 1024 ** 2 + 5;
const content = randomBytes(bytes);
const sums = (data: Uint8Array): { md5: string; sha1: string; sha256: string; gitBlob: string } => {
  const hash = (name: string, head = ''): string => createHash(name).update(head).update(data).digest('base64');
  return {
    md5: hash('md5'),
    sha1: hash('sha1'),
    sha256: hash('sha256'),
    gitBlob: hash('sha1', `blob ${data.length}\0`),
  };
};
const { md5 } = sums(content);
const all = ['md5', 'sha1', 'sha256', 'gitBlob'] as const;
let thread: HashThread;
let files = 0;

beforeEach(() => {
  thread = openHashThread();
});
afterEach(() => thread.close());

function fileOf(data: Uint8Array): string {
  const path = join(folder, `${++files}`);
  writeFileSync(path, data);
  return path;
}

describe('a file', () => {
  it('that lies there whole is hashed when it is asked for', async () => {
    const hash = thread.file({ path: fileOf(content), algorithms: all, bytes });
    const expected = sums(content);
    expect(await hash.finish()).toEqual(expected);
    expect(await hash.finish()).toEqual(expected);
    hash.close();
  });

  it('is read only as far as its bytes are there', async () => {
    const there = 4 * 1024 ** 2;
    const path = fileOf(Buffer.concat([content.subarray(0, there)], bytes)); // zeros behind
    const hash = thread.file({ path, algorithms: ['md5'], bytes });
    hash.advance(there);
    // As large, and takes its turns after the first: the thread has read by now what it may.
    await thread.file({ path: fileOf(content), algorithms: ['md5'], bytes }).finish();
    const fd = openSync(path, 'r+');
    writeSync(fd, content, there, bytes - there, there);
    closeSync(fd);
    expect(await hash.finish()).toEqual({ md5 });
  });

  it('of no bytes has the hashes of none', async () => {
    const empty = new Uint8Array();
    expect(await thread.file({ path: fileOf(empty), algorithms: all, bytes: 0 }).finish()).toEqual(sums(empty));
  });

  it('is read anew after it was started over', async () => {
    const path = fileOf(new Uint8Array(bytes));
    const before = thread.file({ path, algorithms: ['sha256'], bytes });
    before.advance(4.5 * 1024 ** 2);
    before.close();
    writeFileSync(path, content);
    const after = thread.file({ path, algorithms: ['sha256'], bytes });
    after.advance(3 * 1024 ** 2);
    expect(await after.finish()).toEqual({ sha256: sums(content).sha256 });
  });

  it.each(['is not there', 'is shorter than was said'])('that %s fails, and others go on', async (how) => {
    const path = fileOf(content);
    if (how === 'is not there') rmSync(path);
    else truncateSync(path, bytes - 1);
    const hash = thread.file({ path, algorithms: ['md5'], bytes });
    hash.advance(bytes);
    await expect(hash.finish()).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE' });
    expect(await thread.file({ path: fileOf(content), algorithms: ['md5'], bytes }).finish()).toEqual({
      md5,
    });
  });
});

describe('many files', () => {
  it('are hashed at the same time, each its own bytes', async () => {
    const parts = Array.from({ length: 100 }, (_, i) => content.subarray(i * 100, i * 9000 + 1));
    const hashes = parts.map((part) => thread.file({ path: fileOf(part), algorithms: ['md5'], bytes: part.length }));
    for (const [i, hash] of hashes.entries()) hash.advance((parts[i] as Buffer).length >> 1);
    const found = await Promise.all(hashes.map((hash) => hash.finish()));
    expect(found).toEqual(parts.map((part) => ({ md5: sums(part).md5 })));
  });
});

describe('what is closed', () => {
  it('fails who waits for it, file by file', async () => {
    const hash = thread.file({ path: fileOf(content), algorithms: ['md5'], bytes });
    const finished = hash.finish();
    hash.close();
    hash.close();
    await expect(finished).rejects.toMatchObject({ code: 'PULL_CANCELLED' });
  });

  it('fails all who wait when it is the thread', async () => {
    const hash = thread.file({ path: fileOf(content), algorithms: ['md5'], bytes });
    const finished = hash.finish();
    const [outcome] = await Promise.allSettled([finished, thread.close()]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'PULL_CANCELLED' } });
    hash.close();
    await thread.close();
    const late = thread.file({ path: fileOf(content), algorithms: ['md5'], bytes });
    await expect(late.finish()).rejects.toMatchObject({ code: 'PULL_CANCELLED' });
  });
});
