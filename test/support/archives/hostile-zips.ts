// Zips that must leave nothing: what is wrong, the bytes, the error code, the member that the error names.
import type { HostileArchive } from './hostile-archive.ts';
import { type RawZipMember, type RawZipOptions, rawZip, unicodePathField } from './raw-zip.ts';
import { limits } from './sandbox.ts';

const good: RawZipMember = { name: 'model/weights', content: 'good '.repeat(100) };
const marker = `SUCCESS.${'0123456789abcdef'.repeat(4)}`;
const beyond = 2n ** 64n - 2n;

function zip(what: string, code: HostileArchive['code'], bytes: Buffer, member?: string): HostileArchive {
  return { what: `zip: ${what}`, kind: 'zip', code, bytes, member };
}

function evil(what: string, more: Partial<RawZipMember>, code: HostileArchive['code'] = 'ARCHIVE_INVALID') {
  const bytes = rawZip([good, { name: 'evil', content: 'evil '.repeat(20), ...more }]);
  return zip(what, code, bytes, typeof more.name === 'string' ? undefined : 'evil');
}

function named(what: string, name: string, shown = name): HostileArchive {
  return zip(what, 'UNSAFE_PATH', rawZip([good, { name, content: 'evil' }]), shown);
}

function ended(what: string, end: RawZipOptions, code: HostileArchive['code'] = 'ARCHIVE_INVALID'): HostileArchive {
  return zip(what, code, rawZip([good, { name: 'other', content: 'good' }], end));
}

const names: readonly HostileArchive[] = [
  named('a parent folder', '../evil'),
  named('a parent folder in the middle', 'a/../../evil'),
  named('an absolute path', '/tmp/outrigger-evil'),
  named('a parent folder with backslashes', '..\\..\\evil', '../../evil'),
  named('a drive', 'C:\\evil', 'C:/evil'),
  named('a share', '\\\\host\\evil', '//host/evil'),
  named('our own marker', marker),
  named('our own staging folder', '.outrigger/evil'),
  named('an empty name', ''),
  zip(
    'a parent folder in the field for Unicode names',
    'UNSAFE_PATH',
    rawZip([{ name: 'a', content: 'evil', extra: unicodePathField(Buffer.from('a'), '../evil') }]),
    '../evil',
  ),
];

const kinds: readonly HostileArchive[] = [
  evil('a symbolic link', { content: '/etc/passwd', attributes: 0o120777 * 0x10000 }),
  evil('a device', { attributes: 0o020666 * 0x10000 }),
  evil('a FIFO', { attributes: 0o010666 * 0x10000 }),
  evil('an encrypted member', { flags: 0x801 }),
  zip('a strongly encrypted member', 'ARCHIVE_INVALID', rawZip([good, { name: 'evil', flags: 0x841 }])),
  evil('a compression that is not read', { method: 12 }),
  evil('a folder with content', { attributes: 0o040755 * 0x10000 }),
];

const collisions: readonly HostileArchive[] = [
  zip('a file twice', 'UNSAFE_PATH', rawZip([good, good]), 'model/weights'),
  zip('a file below a file', 'UNSAFE_PATH', rawZip([good, { name: 'model/weights/evil' }]), 'model/weights/evil'),
  zip('a file in the place of a folder', 'UNSAFE_PATH', rawZip([good, { name: 'model' }]), 'model'),
  zip('a folder in the place of a file', 'UNSAFE_PATH', rawZip([good, { name: 'model/weights/' }])),
];

const lies: readonly HostileArchive[] = [
  evil('a CRC that is wrong', { crc: 1 }),
  evil('a stored member with a CRC that is wrong', { method: 0, crc: 1 }),
  evil('more bytes than its header says', { size: 10 }),
  evil('fewer bytes than its header says', { size: 1000 }),
  evil('a stored member of two sizes', { method: 0, size: 10 }),
  evil('a cut member', { packedSize: 3 }),
  evil('no deflate', { method: 8, content: '', packedSize: 30, size: 30 }),
  evil('another name in its local header', { local: { name: '../x' } }),
  evil('another size in its local header', { local: { size: 7 } }),
  evil('another compression in its local header', { local: { method: 0 } }),
  evil('encryption in its local header only', { local: { flags: 0x801 } }),
  evil('a local header that is another member', { offset: 0 }),
  zip('one content under two names', 'ARCHIVE_INVALID', rawZip([good, { ...good, name: 'copy', offset: 0 }])),
  zip('a member within another', 'ARCHIVE_INVALID', nested(), 'outer'),
  zip('a member that reaches into the next', 'ARCHIVE_INVALID', overlapping()),
  evil('a member that reaches into the directory', { method: 0, content: 'x', size: 40, packedSize: 40, crc: 0 }),
  evil('a local header beyond the end', { offset: 0x7fffffff }),
  evil('a local header where none is', { offset: 5 }),
  evil('a bomb by its header', { size: limits.maxUnpackedBytes }, 'PULL_TOO_LARGE'),
  evil('a bomb', { content: Buffer.alloc(8 * 1024 * 1024) }, 'PULL_TOO_LARGE'),
  evil('a bomb that hides its size', { content: Buffer.alloc(8 * 1024 * 1024), size: 10, descriptor: true }),
];

/** All headers and CRCs are right; only the places overlap, as in bombs without recursion. */
function nested(): Buffer {
  const inner = { name: 'inner', content: 'x'.repeat(50), method: 0 };
  const outer = { name: 'outer', content: rawZip([inner]).subarray(0, 30 + 5 + 50), method: 0 };
  return rawZip([outer, { ...inner, offset: 30 + 5 }]);
}

/** The first says that its content goes on into the header of the second. */
function overlapping(): Buffer {
  const first = { name: 'evil', content: 'x'.repeat(50), method: 0 };
  return rawZip([{ ...first, size: 90, packedSize: 90 }, good]);
}

const broken: readonly HostileArchive[] = [
  zip('no bytes', 'ARCHIVE_INVALID', Buffer.alloc(0)),
  zip('no members', 'ARCHIVE_INVALID', rawZip([])),
  zip('folders only', 'ARCHIVE_INVALID', rawZip([{ name: 'a/' }])),
  zip('something else', 'ARCHIVE_INVALID', Buffer.from('this is a letter. '.repeat(100))),
  zip('cut', 'ARCHIVE_INVALID', rawZip([good, good]).subarray(0, -30)),
  zip('bytes after its end', 'ARCHIVE_INVALID', Buffer.concat([rawZip([good]), Buffer.from('evil')])),
  ended('a directory of more members than the end says', { count: 1 }),
  ended('a directory of fewer members than the end says', { count: 3 }),
  ended('more members than are allowed', { count: limits.maxFiles + 1 }, 'PULL_TOO_LARGE'),
  ended('more members than there are numbers', { zip64End: { count: beyond } }, 'PULL_TOO_LARGE'),
  ended('a directory beyond the end', { zip64End: { directoryAt: beyond } }),
  ended('an end record beyond the end', { zip64End: { recordAt: beyond } }),
  zip(
    'more members than are allowed, one by one',
    'PULL_TOO_LARGE',
    rawZip(Array.from({ length: limits.maxFiles + 1 }, (_, index) => ({ name: `f${index}` }))),
  ),
];

export const hostileZips: readonly HostileArchive[] = [...names, ...kinds, ...collisions, ...lies, ...broken];
