import { statSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { runningCrc } from '../../../src/storage/checksum/running-crc.ts';
import { blockBytes, gnuLongMember, paxMember, rawTar, rawTarMember, tarEnd } from '../../support/archives/raw-tar.ts';
import { Sandbox } from '../../support/archives/sandbox.ts';

const weights = Buffer.from('weights '.repeat(1000));

function crc32cOf(content: string | Buffer): string {
  const crc = runningCrc('crc32c');
  crc.update(Buffer.from(content));
  return crc.value();
}

/** Of usual members, by another packer than the raw one. */
async function packed(files: Readonly<Record<string, Buffer | string>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) tar.entry({ name }, Buffer.from(content));
  tar.finalize();
  return await buffer(tar as AsyncIterable<Buffer>);
}

describe('a tar', () => {
  it('gives its files with size, checksum and the time they were written', async () => {
    using sandbox = new Sandbox();
    const files = await sandbox.unpack('tar', await packed({ 'a/weights': weights, 'config.json': '{}', empty: '' }));
    expect(files.map(({ path, bytes, checksums }) => ({ path, bytes, checksums }))).toEqual([
      { path: 'a/weights', bytes: weights.length, checksums: { crc32c: crc32cOf(weights) } },
      { path: 'config.json', bytes: 2, checksums: { crc32c: crc32cOf('{}') } },
      { path: 'empty', bytes: 0, checksums: { crc32c: crc32cOf('') } },
    ]);
    for (const { path, mtimeMs } of files) expect(statSync(join(sandbox.into, path)).mtimeMs).toBe(mtimeMs);
    expect(sandbox.unpacked()).toEqual({
      a: '755 folder',
      'a/weights': `644 ${weights}`,
      'config.json': '644 {}',
      empty: '644 ',
    });
  });

  it('as `tar -C folder .` writes it has the folder itself and "./" before all names', async () => {
    using sandbox = new Sandbox();
    const tar = rawTar(
      { name: './', type: '5' },
      { name: './a/', type: '5' },
      { name: './a/', type: '5' },
      { name: './a/x', content: 'x' },
      { name: './void/', type: '5' },
    );
    expect(await sandbox.unpack('tar', tar)).toMatchObject([{ path: 'a/x', bytes: 1 }]);
    expect(sandbox.unpacked()).toEqual({ a: '755 folder', 'a/x': '644 x', void: '755 folder' });
  });

  it('of the oldest kind has no magic, and folders by their name', async () => {
    using sandbox = new Sandbox();
    const old = (name: string, content = '') => {
      const block = rawTarMember({ name, type: '\0', content });
      const sum = 'ustar00'.split('').reduce((total, letter) => total + letter.charCodeAt(0), 0);
      block.fill(0, 257, 265);
      const checksum = Number.parseInt(block.toString('latin1', 148, 154), 8) - sum;
      block.write(checksum.toString(8).padStart(6, '0'), 148, 'latin1');
      return block;
    };
    await sandbox.unpack('tar', Buffer.concat([old('a/'), old('a/x', 'x'), tarEnd]));
    expect(sandbox.unpacked()).toEqual({ a: '755 folder', 'a/x': '644 x' });
  });

  it('keeps long and foreign names as they are', async () => {
    using sandbox = new Sandbox();
    const long = `${'folder/'.repeat(20)}${'n'.repeat(200)}`;
    const composed = 'gr\u00fc\u00df';
    const decomposed = 'gru\u0308\u00df';
    const tar = Buffer.concat([
      gnuLongMember(`./${long}`, { content: 'gnu' }),
      paxMember({ path: `pax/${long}`, mtime: '1.5' }, { name: 'short', content: 'pax' }),
      rawTarMember({ name: composed, content: 'NFC' }),
      rawTarMember({ name: decomposed, content: 'NFD' }),
      rawTarMember({ name: '\u{1f984} model (1).bin', content: 'unicorn' }),
      tarEnd,
    ]);
    const files = await sandbox.unpack('tar', tar);
    const paths = [long, `pax/${long}`, composed, decomposed, '\u{1f984} model (1).bin'];
    expect(files.map(({ path }) => path)).toEqual(paths);
    expect(paths.map((path) => sandbox.unpacked()[path])).toEqual(
      ['gnu', 'pax', 'NFC', 'NFD', 'unicorn'].map((content) => `644 ${content}`),
    );
  });

  it('takes a size from pax, and the global header for no member', async () => {
    using sandbox = new Sandbox();
    const tar = Buffer.concat([
      rawTarMember({ name: 'pax_global_header', type: 'g', content: '14 comment=ab\n' }),
      paxMember({ size: '5' }, { name: 'a', content: 'hello' }),
      tarEnd,
    ]);
    await sandbox.unpack('tar', tar);
    expect(sandbox.unpacked()).toEqual({ a: '644 hello' });
  });

  it('gives no set-id, sticky or world-writable file; what its owner may execute stays so', async () => {
    using sandbox = new Sandbox();
    await sandbox.unpack(
      'tar',
      rawTar({ name: 'open', mode: 0o4666 }, { name: 'run', mode: 0o7777 }, { name: 'd/', type: '5', mode: 0o1777 }),
    );
    expect(sandbox.unpacked()).toEqual({ open: '644 ', run: '755 ', d: '755 folder' });
  });

  it.each([1, 20, 8192])('may end with %i blocks of zeros', async (blocks) => {
    using sandbox = new Sandbox();
    const zeros = Buffer.alloc(blocks * blockBytes);
    await sandbox.unpack('tar', Buffer.concat([rawTarMember({ name: 'a' }), zeros]));
    expect(sandbox.unpacked()).toEqual({ a: '644 ' });
  });

  it('has members of any size around its blocks and our chunks', async () => {
    using sandbox = new Sandbox();
    const sizes = [1, 511, 512, 513, 1023, 1024, 262_143, 262_144, 262_145, 600_000];
    const members = sizes.map((size) => ({ name: `f${size}`, content: Buffer.alloc(size, `${size} `) }));
    const files = await sandbox.unpack('tar', rawTar(...members), { limits: { maxFiles: 10, maxUnpackedBytes: 2e6 } });
    expect(files.map(({ bytes, checksums }) => [bytes, checksums.crc32c])).toEqual(
      members.map(({ content }) => [content.length, crc32cOf(content)]),
    );
  });
});

describe('a tar.gz', () => {
  const tar = rawTar({ name: 'a', content: weights }, { name: 'b', content: 'b' });
  const whole = { a: `644 ${weights}`, b: '644 b' };

  it('may consist of several gzip members, cut anywhere', async () => {
    using sandbox = new Sandbox();
    const parts = [0, 100, 5000, 9000].map((from, index, all) => gzipSync(tar.subarray(from, all[index + 1])));
    await sandbox.unpack('tar.gz', Buffer.concat(parts));
    expect(sandbox.unpacked()).toEqual(whole);
  });

  it('may be padded with zeros', async () => {
    using sandbox = new Sandbox();
    await sandbox.unpack('tar.gz', Buffer.concat([gzipSync(tar), Buffer.alloc(10_240)]));
    expect(sandbox.unpacked()).toEqual(whole);
  });

  it('says how many bytes it unpacked', async () => {
    using sandbox = new Sandbox();
    let bytes = 0;
    const onBytes = (count: number) => {
      bytes += count;
    };
    await sandbox.unpack('tar.gz', gzipSync(tar), { onBytes });
    expect(bytes).toBe(weights.length + 1);
  });
});
