import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runningCrc } from '../../../src/storage/checksum/running-crc.ts';
import { expandFile } from '../../../src/storage/download/expand-file.ts';

function expanding(stored: Buffer, { maxUnpackedBytes = 1_000_000, signal = new AbortController().signal } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'outrigger-expand-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const stagedPath = join(folder, '1');
  writeFileSync(stagedPath, stored);
  const staged = { path: 'm/vocab.txt', replaceBy: (file: string) => renameSync(file, stagedPath) };
  return { stagedPath, folder, expanded: expandFile({ staged, stagedPath, maxUnpackedBytes, signal }) };
}

function crc32cOf(bytes: Buffer): string {
  const crc = runningCrc('crc32c');
  crc.update(bytes);
  return crc.value();
}

describe('a file that its store keeps compressed', () => {
  it.each([0, 1, 300_000])('is expanded to its %i bytes, and their sum is told', async (bytes) => {
    const text = Buffer.alloc(bytes, 'outrigger');
    const { stagedPath, expanded } = expanding(gzipSync(text));
    expect(await expanded).toEqual({ crc32c: crc32cOf(text) });
    expect(readFileSync(stagedPath).equals(text)).toBe(true);
  });

  it('of several members is all of them', async () => {
    const { stagedPath, expanded } = expanding(Buffer.concat([gzipSync('one'), gzipSync('two')]));
    await expanded;
    expect(readFileSync(stagedPath, 'utf8')).toBe('onetwo');
  });

  it('that is a bomb is refused as soon as it is too large', async () => {
    const { folder, expanded } = expanding(gzipSync(Buffer.alloc(20_000_000)), { maxUnpackedBytes: 100_000 });
    await expect(expanded).rejects.toMatchObject({ code: 'PULL_TOO_LARGE', message: expect.stringContaining('vocab') });
    expect(readdirSync(folder)).toEqual(['1']);
  });

  it.each([
    ['no gzip', Buffer.from('plain text')],
    ['cut short', gzipSync(Buffer.alloc(5000, 'outrigger')).subarray(0, 30)],
    ['of another sum', ((gz) => gz.fill(0, gz.length - 8, gz.length - 4))(gzipSync('outrigger'))],
  ])('that is %s is refused by name', async (_, stored) => {
    const { stagedPath, expanded } = expanding(stored);
    const words = { code: 'ARCHIVE_INVALID', message: expect.stringContaining('m/vocab.txt') };
    await expect(expanded).rejects.toMatchObject(words);
    expect(existsSync(`${stagedPath}.expanded`)).toBe(false);
  });

  it('is left alone when the pull ends', async () => {
    const { folder, expanded } = expanding(gzipSync('text'), { signal: AbortSignal.abort() });
    await expect(expanded).rejects.toMatchObject({ code: 'PULL_CANCELLED' });
    expect(readdirSync(folder)).toEqual(['1']);
  });
});
