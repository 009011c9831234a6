// Hands out the members of a tar one after the other, and makes sure that the tar is whole.
import { extract } from 'tar-stream';
import { archiveError } from './archive-error.ts';
import type { ArchiveMember } from './member-plan.ts';
import { readTarHeader, type TarHeader, tarContentEnd } from './tar-header.ts';

export interface TarReading {
  readonly archive: string;
  /** Reads all of `chunks`; null: a folder. */
  readonly take: (member: ArchiveMember, chunks: AsyncIterable<Uint8Array> | null) => Promise<void>;
}

const blockBytes = 512;
/** Beside members: headers, long names, padding, the end. More is a bomb of zeros or of headers. */
const maxOtherBytes = 64 * 1024 * 1024;
const maxOtherBytesOfMember = 8 * 1024;

/** Tars of before 1988 have a checksum too; missing in the types of tar-stream. */
const options = { allowUnknownFormat: true } as Parameters<typeof extract>[0];

/** @throws what `bytes` and `take` throw; OutriggerError ARCHIVE_INVALID; Error of tar-stream for what is no tar */
export async function readTar(bytes: AsyncIterable<Buffer>, { archive, take }: TarReading): Promise<void> {
  const extractor = extract(options);
  const seen = new SeenBytes();
  const feeding = feed(seen.of(bytes), extractor);
  let members = 0;
  let memberBytes = 0;
  let contentEnd = 0;
  try {
    for await (const entry of extractor) {
      const header = entry.header as unknown as TarHeader;
      const member = readTarHeader(header, archive);
      members += 1;
      memberBytes += member.bytes;
      contentEnd = tarContentEnd(header);
      seen.maxBytes = memberBytes + maxOtherBytes + members * maxOtherBytesOfMember;
      await take(member, member.kind === 'file' ? (entry as AsyncIterable<Uint8Array>) : null);
      entry.resume();
    }
  } finally {
    extractor.destroy();
    await feeding;
  }
  // tar-stream ends where the bytes end. Cut between two members it would be a tar of fewer members.
  if (seen.bytes < contentEnd + blockBytes || seen.zerosAtEnd < blockBytes) {
    const why = 'it has no end mark, so it is cut off; the end of a tar is a block of zeros';
    throw archiveError('ARCHIVE_INVALID', { archive, member: null }, { why });
  }
}

/** Until the bytes end, or nobody wants them any more. What they throw comes out of the extractor. */
async function feed(bytes: AsyncIterable<Buffer>, extractor: ReturnType<typeof extract>): Promise<void> {
  let wake = (): void => undefined;
  extractor.on('drain', () => wake());
  extractor.on('close', () => wake());
  try {
    for await (const chunk of bytes) {
      if (extractor.destroyed) return;
      const { promise, resolve } = Promise.withResolvers<null>();
      wake = () => resolve(null);
      if (!extractor.write(chunk)) await promise;
      if (extractor.destroyed) return;
    }
    extractor.end(undefined); // the types want an argument
  } catch (error) {
    extractor.destroy(error as Error);
  }
}

class SeenBytes {
  /** With the members that were seen so far. */
  maxBytes = maxOtherBytes;
  bytes = 0;
  zerosAtEnd = 0; // as far as a block

  async *of(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      this.bytes += chunk.length;
      if (this.bytes > this.maxBytes) throw new Error(`more than ${maxOtherBytes} bytes of it are no member's`);
      const zeros = zerosAtEnd(chunk);
      this.zerosAtEnd = zeros === chunk.length ? this.zerosAtEnd + zeros : zeros;
      yield chunk;
    }
  }
}

/** Looks at the last block only. */
function zerosAtEnd(chunk: Buffer): number {
  const block = chunk.subarray(-blockBytes);
  let at = block.length;
  while (at > 0 && block[at - 1] === 0) at -= 1;
  return block.length - at;
}
