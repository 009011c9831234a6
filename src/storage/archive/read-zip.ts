// Unpacks a zip: first everything that can be refused, then member after member in the order of the file.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import type { PullLimits } from '../../config/storage-config.ts';
import { archiveError } from './archive-error.ts';
import type { MemberPlan } from './member-plan.ts';
import type { MemberWriter } from './member-writer.ts';
import { readZipDirectory, type ZipMember, type ZipSource } from './zip-directory.ts';

export interface ZipReading {
  readonly file: string;
  readonly archive: string;
  readonly limits: PullLimits;
  readonly signal: AbortSignal;
  readonly plan: MemberPlan;
  readonly writer: MemberWriter;
}

const chunkBytes = 32 * 1024; // twice that, and the garbage alone is 64 MiB; no slower

/** @throws OutriggerError; Error of yauzl, node:zlib and node:fs */
export async function readZip({ file, plan, writer, ...rest }: ZipReading): Promise<void> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  const source: ZipSource = { ...rest, fd: handle.fd, fileBytes: size };
  const members = await readZipDirectory(source, plan);
  writer.needRoom(plan.bytes);
  for (const zipped of members) {
    const { member } = zipped;
    await writer.write(member, member.kind === 'file' ? contentOf(zipped, source) : null);
  }
}

/** @throws at the end when the CRC is another one */
async function* contentOf(zipped: ZipMember, { fd, archive, signal }: ZipSource): AsyncGenerator<Buffer> {
  let crc = 0;
  if (zipped.dataEnd > zipped.dataStart) {
    for await (const chunk of inflated(zipped, { fd, signal })) {
      crc = crc32(chunk, crc);
      yield chunk;
    }
  }
  if (crc === zipped.crc32) return;
  throw archiveError('ARCHIVE_INVALID', { archive, member: zipped.member.name }, { why: 'its CRC is wrong' });
}

function inflated(
  { dataStart, dataEnd, deflated }: ZipMember,
  { fd, signal }: { readonly fd: number; readonly signal: AbortSignal },
): AsyncIterable<Buffer> {
  const range = { fd, autoClose: false, start: dataStart, end: dataEnd - 1 };
  const raw = createReadStream('', { ...range, highWaterMark: chunkBytes, signal });
  if (!deflated) return raw;
  const inflate = createInflateRaw({ chunkSize: chunkBytes });
  // What fails in `raw` fails in `inflate`, whose reader sees it.
  pipeline(raw, inflate, () => undefined);
  return inflate;
}
