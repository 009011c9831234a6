// Good archives with some bytes changed: what may come of them, and what never.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { OutriggerError } from '../../../src/errors.ts';
import type { ArchiveKind } from '../../../src/storage/archive/detect-archive.ts';
import { runningCrc } from '../../../src/storage/checksum/running-crc.ts';
import { gnuLongMember, paxMember, rawTar, rawTarMember, tarEnd } from './raw-tar.ts';
import { rawZip } from './raw-zip.ts';
import type { Sandbox } from './sandbox.ts';

interface GoodArchive {
  readonly what: string;
  readonly kind: ArchiveKind;
  readonly bytes: Buffer;
}

const contents = ['{"name": "model"}', 'weights '.repeat(150), ''];
const [config = '', weights = ''] = contents;
const long = `folder/${'n'.repeat(150)}`;

const tar = rawTar(
  { name: './', type: '5' },
  { name: './config', content: config },
  { name: 'a/weights', content: weights },
);
const longTar = Buffer.concat([
  gnuLongMember(long, { content: config }),
  paxMember({ path: `pax/${long}` }, { name: 'x', content: weights }),
  rawTarMember({ name: 'empty' }),
  tarEnd,
]);
const zipped = [
  { name: 'config', content: config, method: 0 },
  { name: 'a/weights', content: weights },
  { name: 'empty' },
];

export const goodArchives: readonly GoodArchive[] = [
  { what: 'tar', kind: 'tar', bytes: tar },
  { what: 'tar of long names', kind: 'tar', bytes: longTar },
  { what: 'tar.gz', kind: 'tar.gz', bytes: gzipSync(tar) },
  { what: 'tar.gz, stored', kind: 'tar.gz', bytes: gzipSync(longTar, { level: 0 }) },
  { what: 'zip', kind: 'zip', bytes: rawZip(zipped) },
  {
    what: 'zip with descriptors',
    kind: 'zip',
    bytes: rawZip(zipped.map((member) => ({ ...member, descriptor: true }))),
  },
  {
    what: 'zip64',
    kind: 'zip',
    bytes: rawZip(
      zipped.map((member) => ({ ...member, zip64: true })),
      { zip64End: {} },
    ),
  },
];

export type Random = () => number; // from 0 to below 1

/** One to four changes: bytes that mean something in headers, flipped bits, pieces left out, doubled, moved; a cut. */
export function mutated(bytes: Buffer, random: Random): Buffer {
  let result = Buffer.from(bytes);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let changes = 1 + below(4); changes > 0 && result.length > 0; changes -= 1) {
    const at = below(result.length);
    const length = 1 + below(Math.min(600, result.length - at));
    const piece = result.subarray(at, at + length);
    const way = below(8);
    if (way < 3) result[at] = [0, 1, 0x2e, 0x2f, 0x7f, 0x80, 0xff, 0x35][below(8)]!;
    else if (way < 5) result[at]! ^= 1 << below(8);
    else if (way === 5) result = Buffer.concat([result.subarray(0, at), result.subarray(at + length)]);
    else if (way === 6) result = Buffer.concat([result.subarray(0, at), piece, result.subarray(at)]);
    else result = Buffer.from(result.subarray(0, at));
  }
  return result;
}

/** Null: all is well. Leaves the sandbox empty. */
export async function whatIsWrong(sandbox: Sandbox, { kind, bytes }: Pick<GoodArchive, 'kind' | 'bytes'>) {
  const around = JSON.stringify(sandbox.around());
  try {
    const files = await sandbox.unpack(kind, bytes);
    for (const { path, bytes: size, checksums } of files) {
      const content = readFileSync(join(sandbox.into, path));
      const crc = runningCrc('crc32c');
      crc.update(content);
      if (content.length !== size || crc.value() !== checksums.crc32c) return `${path} is not as reported`;
      // Only a tar has nothing to tell changed content by.
      if (kind !== 'tar' && !contents.includes(content.toString())) return `${path} has other content`;
    }
    const onDisk = Object.values(sandbox.unpacked()).filter((entry) => !entry.endsWith(' folder')).length;
    if (onDisk !== files.length) return `${onDisk} files on the disk, ${files.length} reported`;
  } catch (error) {
    if (!(error instanceof OutriggerError)) return `failed with ${error}`;
    if (Object.keys(sandbox.unpacked()).length > 0) return `left something, with ${error.message}`;
  }
  sandbox.empty();
  return JSON.stringify(sandbox.around()) === around ? null : 'wrote outside';
}
