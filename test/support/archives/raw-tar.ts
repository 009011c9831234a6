// Tars written byte by byte, so that a header can say what no packer would write.

export interface RawTarMember {
  readonly name: string | Buffer; // 100 bytes at most
  readonly type?: string; // one character, '0': a file
  readonly content?: string | Buffer;
  /** What the header says, when it is to be something else than the content's. */
  readonly size?: number | Buffer;
  readonly linkname?: string;
  readonly mode?: number;
}

export const blockBytes = 512;
export const tarEnd = Buffer.alloc(2 * blockBytes);

export function rawTar(...members: readonly RawTarMember[]): Buffer {
  return Buffer.concat([...members.map(rawTarMember), tarEnd]);
}

/** Header, content, padding. */
export function rawTarMember({
  name,
  type = '0',
  content = '',
  size,
  linkname = '',
  mode = 0o644,
}: RawTarMember): Buffer {
  const header = Buffer.alloc(blockBytes);
  const bytes = Buffer.from(content);
  Buffer.from(name).copy(header);
  octal(header, mode, { at: 100, digits: 7 });
  octal(header, 0, { at: 108, digits: 7 });
  octal(header, 0, { at: 116, digits: 7 });
  if (Buffer.isBuffer(size)) size.copy(header, 124);
  else octal(header, size ?? bytes.length, { at: 124, digits: 11 });
  octal(header, 0, { at: 136, digits: 11 });
  header.write(type, 156, 'latin1');
  header.write(linkname, 157, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  return Buffer.concat([withChecksum(header), padded(bytes)]);
}

/** An extended header (pax) and the member that it is of. */
export function paxMember(records: Readonly<Record<string, string>>, member: RawTarMember): Buffer {
  const lines = Object.entries(records).map(([key, value]) => paxLine(key, value));
  return Buffer.concat([rawTarMember({ name: 'pax', type: 'x', content: lines.join('') }), rawTarMember(member)]);
}

/** A name longer than the header has room for, as GNU writes it. */
export function gnuLongMember(name: string, member: Omit<RawTarMember, 'name'>): Buffer {
  const long = rawTarMember({ name: '././@LongLink', type: 'L', content: `${name}\0` });
  return Buffer.concat([long, rawTarMember({ ...member, name: name.slice(0, 50) })]);
}

function paxLine(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest);
  while (String(length).length + Buffer.byteLength(rest) > length) length += 1;
  return `${length}${rest}`;
}

function octal(header: Buffer, value: number, { at, digits }: { readonly at: number; readonly digits: number }): void {
  header.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
}

function withChecksum(header: Buffer): Buffer {
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

function padded(bytes: Buffer): Buffer {
  const padding = (blockBytes - (bytes.length % blockBytes)) % blockBytes;
  return Buffer.concat([bytes, Buffer.alloc(padding)]);
}
