// The bytes of a tar as a stream: of a .tar as they are, of a .tar.gz inflated, all its gzip members, nothing after them.
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

const chunkBytes = 32 * 1024; // twice that, and the garbage alone is 64 MiB; no slower

export interface TarFile {
  readonly file: string;
  readonly kind: 'tar' | 'tar.gz';
  readonly signal: AbortSignal;
}

/** @throws of node:fs and node:zlib; Error for bytes after the end of a gzip */
export async function* tarBytes({ file, kind, signal }: TarFile): AsyncGenerator<Buffer, void> {
  const stored = createReadStream(file, { highWaterMark: chunkBytes, signal });
  if (kind === 'tar') return yield* stored;
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  // What fails in `stored` fails in `gunzip`, whose reader sees it.
  pipeline(stored, gunzip, () => undefined);
  yield* gunzip;
  await checkPadding(file, gunzip.bytesWritten, signal);
}

/** zlib ends at the first zero after a gzip member, and does not look at what comes then. Padding of tapes may come. */
async function checkPadding(file: string, from: number, signal: AbortSignal): Promise<void> {
  const { size } = await stat(file);
  if (from >= size) return;
  await using handle = await open(file);
  for await (const chunk of handle.createReadStream({ start: from, highWaterMark: chunkBytes, signal })) {
    if ((chunk as Buffer).some((byte) => byte !== 0)) throw new Error('the gzip is followed by other bytes');
  }
}
