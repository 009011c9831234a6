import { describe, expect, it } from 'vitest';
import { rawTar } from '../../support/archives/raw-tar.ts';
import { rawZip } from '../../support/archives/raw-zip.ts';
import { Sandbox } from '../../support/archives/sandbox.ts';

const petabyte = 2 ** 50;
const limits = { maxFiles: 10, maxUnpackedBytes: Number.MAX_SAFE_INTEGER };

/** Base-256, for sizes that octal digits cannot say. */
function wideSize(bytes: number): Buffer {
  const field = Buffer.alloc(12);
  field[0] = 0x80;
  field.writeBigUInt64BE(BigInt(bytes), 4);
  return field;
}

describe('a member that is larger than the disk', () => {
  it.each([
    ['tar', rawTar({ name: 'a', content: 'x' }, { name: 'huge', size: wideSize(petabyte), content: 'y' })],
    [
      'zip',
      rawZip([
        { name: 'a', content: 'x' },
        { name: 'huge', content: 'y', size: petabyte, zip64: true },
      ]),
    ],
  ] as const)('of a %s is not begun', async (kind, bytes) => {
    using sandbox = new Sandbox();
    let written = 0;
    const onBytes = (count: number) => {
      written += count;
    };
    const unpacking = sandbox.unpack(kind, bytes, { limits, onBytes });
    await expect(unpacking).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringContaining('room for itself and for all that is in it'),
    });
    expect(written).toBe(kind === 'tar' ? 1 : 0);
    expect(sandbox.unpacked()).toEqual({});
  });
});

describe('a folder that is gone', () => {
  it('is told of, and the archive is not blamed', async () => {
    using sandbox = new Sandbox();
    Object.assign(sandbox, { into: `${sandbox.into}/missing` });
    const unpacking = sandbox.unpack('tar', rawTar({ name: 'a', content: 'x' }));
    await expect(unpacking).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE' });
  });
});
