// Zips written field by field, so that a header can say what no packer would write.
import { crc32, deflateRawSync } from 'node:zlib';

export interface RawZipMember {
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  /** What stands in the file for the content; the sizes and the CRC are to be said then. */
  readonly packed?: Buffer;
  readonly method?: number; // 0: stored, 8: deflate
  readonly flags?: number; // 0x800: the name is UTF-8
  readonly attributes?: number; // st_mode << 16
  /** What the central directory says, when it is to be something else. */
  readonly crc?: number;
  readonly size?: number;
  readonly packedSize?: number;
  readonly offset?: number;
  readonly extra?: Buffer;
  /** What the local header says, when it is to be something else. */
  readonly local?: {
    readonly name?: string;
    readonly size?: number;
    readonly method?: number;
    readonly flags?: number;
  };
  /** CRC and sizes come after the content (APPNOTE 4.3.9), and the local header has zeros. */
  readonly descriptor?: boolean;
  /** All sizes and the offset stand in the extra field (APPNOTE 4.5.3). */
  readonly zip64?: boolean;
}

export interface RawZipOptions {
  readonly count?: number; // of members, as the end says
  readonly zip64End?: { readonly count?: bigint; readonly directoryAt?: bigint; readonly recordAt?: bigint };
}

const wide = 0xffffffff;

export function rawZip(members: readonly RawZipMember[], options: RawZipOptions = {}): Buffer {
  const parts: Buffer[] = [];
  const records: Buffer[] = [];
  let at = 0;
  for (const member of members) {
    const { local, central } = rawMember(member, at);
    parts.push(local);
    records.push(central);
    at += local.length;
  }
  const directory = Buffer.concat(records);
  return Buffer.concat([...parts, directory, end(members.length, { at, bytes: directory.length }, options)]);
}

function rawMember(member: RawZipMember, at: number): { readonly local: Buffer; readonly central: Buffer } {
  const { method = 8, flags = 0x800, descriptor = false, zip64 = false, local = {} } = member;
  const content = Buffer.from(member.content ?? '');
  const packed = member.packed ?? (method === 8 ? deflateRawSync(content) : content);
  const name = Buffer.from(member.name);
  const localName = Buffer.from(local.name ?? name);
  const allFlags = descriptor ? flags | 0x8 : flags;
  const says = {
    crc: member.crc ?? crc32(content),
    packed: member.packedSize ?? packed.length,
    size: member.size ?? content.length,
  };
  const offset = member.offset ?? at;
  const localExtra = zip64 ? zip64Field([says.size, says.packed]) : Buffer.alloc(0);
  const localSays = { ...says, size: local.size ?? says.size };
  const localHeader = Buffer.concat([
    u32(0x04034b50),
    u16(20),
    common(local.method ?? method, local.flags ?? allFlags, {
      ...(descriptor ? { crc: 0, packed: 0, size: 0 } : localSays),
      zip64,
    }),
    u16(localName.length),
    u16(localExtra.length),
    localName,
    localExtra,
  ]);
  const extra = zip64 ? zip64Field([says.size, says.packed, offset]) : (member.extra ?? Buffer.alloc(0));
  const central = Buffer.concat([
    u32(0x02014b50),
    u16((3 << 8) | 45),
    u16(20),
    common(method, allFlags, { ...says, zip64 }),
    u16(name.length),
    u16(extra.length),
    u16(0),
    u16(0),
    u16(0),
    u32(member.attributes ?? 0o100644 * 0x10000),
    u32(zip64 ? wide : offset),
    name,
    extra,
  ]);
  const after = descriptor ? [u32(0x08074b50), u32(says.crc), u32(says.packed), u32(says.size)] : [];
  return { local: Buffer.concat([localHeader, packed, ...after]), central };
}

interface Sizes {
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly zip64: boolean;
}

/** The fields that both headers have in the same order, from the flags to the sizes. */
function common(method: number, flags: number, { crc, packed, size, zip64 }: Sizes): Buffer {
  const sizes = zip64 ? [u32(wide), u32(wide)] : [u32(packed), u32(size)];
  return Buffer.concat([u16(flags), u16(method), u16(0), u16(0x21), u32(crc), ...sizes]);
}

function end(
  count: number,
  directory: { at: number; bytes: number },
  { count: says, zip64End }: RawZipOptions,
): Buffer {
  const zip64At = directory.at + directory.bytes;
  const zip64 = Buffer.concat([
    u32(0x06064b50),
    u64(44n),
    u16(45),
    u16(45),
    u32(0),
    u32(0),
    u64(zip64End?.count ?? BigInt(count)),
    u64(zip64End?.count ?? BigInt(count)),
    u64(BigInt(directory.bytes)),
    u64(zip64End?.directoryAt ?? BigInt(directory.at)),
    u32(0x07064b50),
    u32(0),
    u64(zip64End?.recordAt ?? BigInt(zip64At)),
    u32(1),
  ]);
  const shown = u16(says ?? count);
  const plain = [u32(0x06054b50), u32(0), shown, shown, u32(directory.bytes), u32(directory.at), u16(0)];
  return Buffer.concat(zip64End === undefined ? plain : [zip64, ...plain]);
}

function zip64Field(values: readonly number[]): Buffer {
  return Buffer.concat([u16(1), u16(values.length * 8), ...values.map((value) => u64(BigInt(value)))]);
}

/** Info-ZIP's field for a name in UTF-8 beside the one in the header. */
export function unicodePathField(name: Buffer, unicode: string): Buffer {
  const value = Buffer.concat([Buffer.from([1]), u32(crc32(name)), Buffer.from(unicode)]);
  return Buffer.concat([u16(0x7075), u16(value.length), value]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value & 0xffff);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
