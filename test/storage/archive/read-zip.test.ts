import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runningCrc } from '../../../src/storage/checksum/running-crc.ts';
import { type RawZipMember, rawZip, unicodePathField } from '../../support/archives/raw-zip.ts';
import { Sandbox } from '../../support/archives/sandbox.ts';

const weights = Buffer.from('weights '.repeat(1000));

async function unpacked(members: readonly RawZipMember[], end?: Parameters<typeof rawZip>[1]) {
  using sandbox = new Sandbox();
  await sandbox.unpack('zip', rawZip(members, end));
  return sandbox.unpacked();
}

describe('a zip', () => {
  it('gives its files with size, checksum and the time they were written', async () => {
    using sandbox = new Sandbox();
    const members = [
      { name: 'a/', content: '' },
      { name: 'a/weights', content: weights },
      { name: 'config.json', content: '{}', method: 0 },
      { name: 'empty', method: 0 },
      { name: 'void' }, // deflate of nothing is two bytes
    ];
    const files = await sandbox.unpack('zip', rawZip(members));
    const crc = runningCrc('crc32c');
    crc.update(weights);
    expect(files.map(({ path, bytes }) => [path, bytes])).toEqual([
      ['a/weights', weights.length],
      ['config.json', 2],
      ['empty', 0],
      ['void', 0],
    ]);
    expect(files[0]?.checksums).toEqual({ crc32c: crc.value() });
    for (const { path, mtimeMs } of files) expect(statSync(join(sandbox.into, path)).mtimeMs).toBe(mtimeMs);
    expect(sandbox.unpacked()).toEqual({
      a: '755 folder',
      'a/weights': `644 ${weights}`,
      'config.json': '644 {}',
      empty: '644 ',
      void: '644 ',
    });
  });

  it.each([
    ['sizes after the content', { descriptor: true }],
    ['sizes after a stored content', { descriptor: true, method: 0 }],
    ['zip64 fields', { zip64: true }],
    ['zip64 fields, stored', { zip64: true, method: 0 }],
  ])('may have %s', async (_, how) => {
    const members = ['a', 'b', 'c'].map((name) => ({ name, content: `${name} `.repeat(500), ...how }));
    expect(await unpacked(members)).toEqual(
      Object.fromEntries(members.map(({ name, content }) => [name, `644 ${content}`])),
    );
  });

  it('may end with zip64 records', async () => {
    expect(await unpacked([{ name: 'a', content: 'x', zip64: true }], { zip64End: {} })).toEqual({ a: '644 x' });
  });

  it('of Windows has backslashes between names', async () => {
    expect(await unpacked([{ name: 'a\\b\\weights', content: 'x', attributes: 0x20 }])).toEqual({
      a: '755 folder',
      'a/b': '755 folder',
      'a/b/weights': '644 x',
    });
  });

  it.each([
    ['says that they are UTF-8', 'gr\u00fc\u00df', 0x800],
    ['does not say that they are UTF-8', 'gr\u00fc\u00df', 0], // macOS
    ['decomposes them', 'gru\u0308\u00df', 0x800],
  ])('that %s keeps names as they are', async (_, name, flags) => {
    expect(await unpacked([{ name, flags, content: 'x' }])).toEqual({ [name]: '644 x' });
  });

  it('has names in CP437 when they are nothing else, or in a field of their own', async () => {
    const oem = Buffer.from([0x67, 0x72, 0x81, 0xe1]);
    expect(await unpacked([{ name: oem, flags: 0 }])).toEqual({ gr\u00fc\u00df: '644 ' });
    const extra = unicodePathField(oem, 'from the field');
    expect(await unpacked([{ name: oem, flags: 0, extra }])).toEqual({ 'from the field': '644 ' });
  });

  it('gives no set-id or world-writable file; what its owner may execute stays so', async () => {
    const members = [
      { name: 'open', attributes: 0o104666 * 0x10000 },
      { name: 'run', attributes: 0o107777 * 0x10000 },
      { name: 'd/', attributes: 0o041777 * 0x10000 + 0x10 },
    ];
    expect(await unpacked(members)).toEqual({ open: '644 ', run: '755 ', d: '755 folder' });
  });

  it('may have a folder by its kind, without the slash', async () => {
    const members = [{ name: 'd', method: 0, attributes: 0o040755 * 0x10000 }, { name: 'd/x' }];
    expect(await unpacked(members)).toEqual({ d: '755 folder', 'd/x': '644 ' });
  });

  it('may have its members in another order than its directory', async () => {
    using sandbox = new Sandbox();
    const [first, second] = [
      { name: 'a', content: 'one', method: 0 },
      { name: 'b', content: 'two', method: 0 },
    ];
    const firstBytes = 30 + 1 + 3;
    const swapped = rawZip([
      { ...second, offset: firstBytes },
      { ...first, offset: 0 },
    ]);
    const inOrder = rawZip([first, second]);
    const bytes = Buffer.concat([inOrder.subarray(0, 2 * firstBytes), swapped.subarray(2 * firstBytes)]);
    await sandbox.unpack('zip', bytes);
    expect(sandbox.unpacked()).toEqual({ a: '644 one', b: '644 two' });
  });
});
