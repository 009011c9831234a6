// Tars that must leave nothing: what is wrong, the bytes, the error code, the member that the error names.
import { gzipSync } from 'node:zlib';
import type { HostileArchive } from './hostile-archive.ts';
import { gnuLongMember, paxMember, type RawTarMember, rawTar, rawTarMember, tarEnd } from './raw-tar.ts';
import { limits } from './sandbox.ts';

const good: RawTarMember = { name: 'model/weights', content: 'good' };
const marker = `SUCCESS.${'0123456789abcdef'.repeat(4)}`;

function tar(what: string, code: HostileArchive['code'], bytes: Buffer, member?: string): HostileArchive {
  return { what: `tar: ${what}`, kind: 'tar', code, bytes, member };
}

function gzip(what: string, code: HostileArchive['code'], bytes: Buffer): HostileArchive {
  return { what: `tar.gz: ${what}`, kind: 'tar.gz', code, bytes, member: undefined };
}

/** A good member, then one that is named so. */
function named(what: string, name: string, code: HostileArchive['code'] = 'UNSAFE_PATH'): HostileArchive {
  return tar(what, code, rawTar(good, { name, content: 'evil' }), name);
}

function typed(what: string, type: string, more: Partial<RawTarMember> = {}): HostileArchive {
  return tar(what, 'ARCHIVE_INVALID', rawTar(good, { name: 'evil', type, ...more }), 'evil');
}

function withSize(what: string, size: number | Buffer, code: HostileArchive['code']): HostileArchive {
  return tar(what, code, rawTar(good, { name: 'evil', size, content: 'evil' }));
}

function bytesOf(first: number, last: number): Buffer {
  const field = Buffer.alloc(12);
  field[0] = first;
  field[11] = last;
  return field;
}

const names: readonly HostileArchive[] = [
  named('a parent folder', '../evil'),
  named('a parent folder in the middle', 'a/../../evil'),
  named('the parent folder alone', './..'),
  named('an absolute path', '/tmp/outrigger-evil'),
  named('an absolute path after "./"', './/tmp/outrigger-evil'),
  named('a drive', 'C:/evil'),
  named('backslashes', '..\\..\\evil'),
  named('an empty name', ''),
  named('two slashes', 'a//evil'),
  named('our own marker', marker),
  named('our own marker after "./"', `./${marker}`),
  named('our own marker as a folder', `${marker}/evil`),
  named('our own staging folder', '.outrigger/evil'),
  tar('a line end in a name', 'UNSAFE_PATH', rawTar(good, { name: 'a\nb', content: 'evil' })),
  tar('a name that is no UTF-8', 'ARCHIVE_INVALID', rawTar(good, { name: Buffer.from('bl\xfc', 'latin1') })),
  tar('a pax path of a parent folder', 'UNSAFE_PATH', taken(paxMember({ path: '../evil' }, good)), '../evil'),
  tar('a long name of a parent folder', 'UNSAFE_PATH', taken(gnuLongMember(`${'a/'.repeat(90)}../evil`, {}))),
  tar('a name of 256 bytes', 'UNSAFE_PATH', taken(gnuLongMember('n'.repeat(256), {}))),
  tar('a thousand folders deep', 'UNSAFE_PATH', taken(gnuLongMember('a/'.repeat(1000), { type: '5' }))),
];

function taken(...members: readonly Buffer[]): Buffer {
  return Buffer.concat([rawTarMember({ name: 'first', content: 'good' }), ...members, tarEnd]);
}

const kinds: readonly HostileArchive[] = [
  typed('a symbolic link', '2', { linkname: '/etc' }),
  typed('a symbolic link that stays inside', '2', { linkname: 'model/weights' }),
  tar(
    'a file through a symbolic link',
    'ARCHIVE_INVALID',
    rawTar({ name: 'link', type: '2', linkname: '../../..' }, { name: 'link/evil', content: 'evil' }),
    'link',
  ),
  typed('a hard link', '1', { linkname: '/etc/passwd' }),
  typed('a character device', '3'),
  typed('a block device', '4'),
  typed('a FIFO', '6'),
  typed('a sparse file of GNU', 'S', { content: 'evil' }),
  typed('a volume label', 'V'),
  typed('a kind that nobody knows', 'Q'),
  tar(
    'a sparse file of pax',
    'ARCHIVE_INVALID',
    taken(paxMember({ 'GNU.sparse.major': '1' }, good)),
    good.name as string,
  ),
  tar('a file named as a folder', 'ARCHIVE_INVALID', rawTar(good, { name: 'evil/', content: 'evil' }), 'evil/'),
  tar('a file in the place of the folder itself', 'UNSAFE_PATH', rawTar(good, { name: '.', content: 'evil' }), '.'),
];

const collisions: readonly HostileArchive[] = [
  tar('a file twice', 'UNSAFE_PATH', rawTar(good, good), 'model/weights'),
  tar('a file twice, once after "./"', 'UNSAFE_PATH', rawTar(good, { ...good, name: './model/weights' })),
  tar('a file below a file', 'UNSAFE_PATH', rawTar(good, { name: 'model/weights/evil' }), 'model/weights/evil'),
  tar('a folder in the place of a file', 'UNSAFE_PATH', rawTar(good, { name: 'model/weights/', type: '5' })),
  tar('a file in the place of a folder', 'UNSAFE_PATH', rawTar(good, { name: 'model' }), 'model'),
];

const broken: readonly HostileArchive[] = [
  tar('cut in a member', 'ARCHIVE_INVALID', rawTar({ name: 'a', content: 'x'.repeat(2000) }).subarray(0, 1500)),
  tar('cut in a header', 'ARCHIVE_INVALID', rawTar(good).subarray(0, 300)),
  tar('cut between two members', 'ARCHIVE_INVALID', rawTarMember(good)),
  tar('cut after a member of zeros', 'ARCHIVE_INVALID', rawTarMember({ name: 'zeros', content: Buffer.alloc(1024) })),
  tar('cut after the header of an empty file', 'ARCHIVE_INVALID', rawTarMember({ name: 'empty' })),
  tar(
    'cut after a pax header',
    'ARCHIVE_INVALID',
    Buffer.concat([rawTarMember(good), paxMember({ path: 'b' }, good).subarray(0, 1024)]),
  ),
  tar('bytes after the end', 'ARCHIVE_INVALID', Buffer.concat([rawTar(good), Buffer.alloc(600, 'x')])),
  tar('a checksum that is wrong', 'ARCHIVE_INVALID', rawTar(good).fill('m', 3, 4)),
  tar('no bytes', 'ARCHIVE_INVALID', Buffer.alloc(0)),
  tar('no members', 'ARCHIVE_INVALID', tarEnd),
  tar('folders only', 'ARCHIVE_INVALID', rawTar({ name: './', type: '5' }, { name: 'a/', type: '5' })),
  tar('something else', 'ARCHIVE_INVALID', Buffer.from('this is a letter and no archive. '.repeat(60))),
  withSize('a negative size', bytesOf(0xff, 1), 'ARCHIVE_INVALID'),
  withSize('a size that is no number', Buffer.from('zzzzzzzzzzz\0'), 'ARCHIVE_INVALID'),
  withSize('a size in a coding that does not exist', bytesOf(0x90, 1), 'ARCHIVE_INVALID'),
  withSize('a size beyond all numbers', Buffer.alloc(12, 0xff).fill(0x80, 0, 1), 'ARCHIVE_INVALID'),
  tar('a long name of 5 MiB', 'ARCHIVE_INVALID', taken(gnuLongMember('n'.repeat(5 * 1024 * 1024), {}))),
  withSize('a bomb by its header', limits.maxUnpackedBytes, 'PULL_TOO_LARGE'),
  tar(
    'too many members',
    'PULL_TOO_LARGE',
    rawTar(...Array.from({ length: limits.maxFiles + 1 }, (_, index) => ({ name: `f${index}` }))),
    `f${limits.maxFiles}`,
  ),
  tar(
    'too many folders',
    'PULL_TOO_LARGE',
    rawTar(good, ...Array.from({ length: limits.maxFiles }, (_, index) => ({ name: `d${index}/`, type: '5' }))),
  ),
];

const zipped = gzipSync(rawTar({ name: 'weights', content: 'good'.repeat(10_000) }), { level: 0 });

const gzips: readonly HostileArchive[] = [
  gzip('cut', 'ARCHIVE_INVALID', zipped.subarray(0, zipped.length / 2)),
  gzip('cut in its trailer', 'ARCHIVE_INVALID', zipped.subarray(0, -3)),
  gzip('a flipped bit', 'ARCHIVE_INVALID', Buffer.from(zipped).fill('G', 20_000, 20_001)),
  gzip('bytes after its end', 'ARCHIVE_INVALID', Buffer.concat([zipped, Buffer.from('evil')])),
  gzip('bytes after zeros after its end', 'ARCHIVE_INVALID', Buffer.concat([zipped, Buffer.alloc(10), zipped])),
  gzip('of something else', 'ARCHIVE_INVALID', gzipSync('this is a letter. '.repeat(100))),
  gzip('a tar that is not compressed', 'ARCHIVE_INVALID', rawTar(good)),
  gzip('a bomb', 'PULL_TOO_LARGE', gzipSync(rawTar({ name: 'zeros', content: Buffer.alloc(8 * 1024 * 1024) }))),
  gzip(
    'a bomb of zeros after the end',
    'ARCHIVE_INVALID',
    gzipSync(Buffer.concat([rawTar(good), Buffer.alloc(80 * 1024 * 1024)]), { level: 1 }),
  ),
];

export const hostileTars: readonly HostileArchive[] = [...names, ...kinds, ...collisions, ...broken, ...gzips];
