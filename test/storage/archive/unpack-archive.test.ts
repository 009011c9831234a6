import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { OutriggerError } from '../../../src/errors.ts';
import { unpackArchive } from '../../../src/storage/archive/unpack-archive.ts';
import { shownText } from '../../../src/storage/uri/shown-text.ts';
import { hostileTars } from '../../support/archives/hostile-tars.ts';
import { hostileZips } from '../../support/archives/hostile-zips.ts';
import { rawTar } from '../../support/archives/raw-tar.ts';
import { rawZip } from '../../support/archives/raw-zip.ts';
import { limits, Sandbox } from '../../support/archives/sandbox.ts';

async function refusal(unpacking: Promise<unknown>): Promise<OutriggerError> {
  const error = await unpacking.then(
    (files) => new Error(`taken: ${JSON.stringify(files)}`),
    (failure) => failure,
  );
  if (!(error instanceof OutriggerError)) throw error;
  return error;
}

describe('a hostile archive leaves nothing and is told of', () => {
  it.each([...hostileTars, ...hostileZips])('$what', async ({ kind, code, bytes, member }) => {
    using sandbox = new Sandbox();
    const before = sandbox.around();
    let written = 0;
    const onBytes = (count: number) => {
      written += count;
    };
    const error = await refusal(sandbox.unpack(kind, bytes, { onBytes }));
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(/^models\/one/);
    if (member !== undefined) expect(error.message).toContain(`member "${shownText(member)}"`);
    expect(sandbox.unpacked()).toEqual({});
    expect(sandbox.around()).toEqual(before);
    expect(written).toBeLessThanOrEqual(limits.maxUnpackedBytes);
    expect(existsSync('/tmp/outrigger-evil')).toBe(false);
  });

  it('in at least 34 ways', () => {
    expect(hostileTars.length + hostileZips.length).toBeGreaterThanOrEqual(34);
    expect(new Set([...hostileTars, ...hostileZips].map(({ what }) => what)).size).toBe(
      hostileTars.length + hostileZips.length,
    );
  });
});

describe('an archive', () => {
  it('in an archive stays a file', async () => {
    using sandbox = new Sandbox();
    const inner = rawTar({ name: 'x', content: 'inner' });
    await sandbox.unpack('tar.gz', gzipSync(rawTar({ name: 'inner.tar', content: inner })));
    expect(sandbox.unpacked()).toEqual({ 'inner.tar': `644 ${inner.toString('latin1')}` });
  });

  it('may have exactly as many members and bytes as the limits say', async () => {
    using sandbox = new Sandbox();
    const exact = { maxFiles: 2, maxUnpackedBytes: 8 };
    const members = ['a', 'b'].map((name) => ({ name, content: 'four' }));
    expect(await sandbox.unpack('zip', rawZip(members), { limits: exact })).toHaveLength(2);
  });

  it('is named by its file when nobody gives it a name', async () => {
    using sandbox = new Sandbox();
    const { file, into } = sandbox;
    writeFileSync(file, 'no tar');
    const signal = new AbortController().signal;
    const error = await refusal(unpackArchive({ file, kind: 'tar', into, limits, signal, onBytes: () => undefined }));
    expect(error.message).toMatch(/^archive: /);
  });

  it.each(['tar', 'tar.gz', 'zip'] as const)('that is not there is no invalid %s', async (kind) => {
    using sandbox = new Sandbox();
    const { into } = sandbox;
    const file = join(sandbox.root, 'missing');
    const signal = new AbortController().signal;
    const error = await refusal(unpackArchive({ file, kind, into, limits, signal, onBytes: () => undefined }));
    expect(error).toMatchObject({ code: 'FOLDER_UNUSABLE' });
  });

  it('that meets a name on the disk overwrites nothing', async () => {
    using sandbox = new Sandbox();
    writeFileSync(join(sandbox.into, 'weights'), 'of somebody else');
    const error = await refusal(sandbox.unpack('tar', rawTar({ name: 'weights', content: 'new' })));
    expect(error).toMatchObject({ code: 'UNSAFE_PATH' });
  });
});

describe('a cancelled pull', () => {
  const content = Buffer.alloc(900_000, 'x');
  const members = Array.from({ length: 50 }, (_, index) => ({ name: `f${index}`, content }));
  const many = { maxFiles: 100, maxUnpackedBytes: 2 ** 30 };
  it.each([
    ['tar', rawTar(...members)],
    ['tar.gz', gzipSync(rawTar(...members), { level: 1 })],
    ['zip', rawZip(members)],
  ] as const)('stops within a member of a %s and leaves nothing', async (kind, bytes) => {
    using sandbox = new Sandbox();
    const controller = new AbortController();
    let written = 0;
    const onBytes = (count: number) => {
      written += count;
      if (written > 2 * content.length) controller.abort();
    };
    const error = await refusal(sandbox.unpack(kind, bytes, { limits: many, signal: controller.signal, onBytes }));
    expect(error).toMatchObject({ code: 'PULL_CANCELLED' });
    expect(written).toBeLessThan(4 * content.length);
    expect(sandbox.unpacked()).toEqual({});
  });

  it('before it began writes nothing', async () => {
    using sandbox = new Sandbox();
    const error = await refusal(sandbox.unpack('zip', rawZip(members), { signal: AbortSignal.abort(), limits: many }));
    expect(error).toMatchObject({ code: 'PULL_CANCELLED' });
  });
});
