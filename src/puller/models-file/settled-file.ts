// A file's content as one moment had it: not torn by a writer, not without bound, and not read again while nothing changes.
import { isUtf8 } from 'node:buffer';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

export type FileContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  /** `why` completes "models.json ...". */
  | { readonly kind: 'unusable'; readonly why: string };

/** Clocks of file systems tick in up to 2 s (FAT): two writes within one tick leave the same stamp behind. */
const tickMs = 2_000;

const pieceBytes = 256 * 1024;

export class SettledFile {
  readonly #path: string;
  readonly #maxBytes: number;
  #stamp: string | null = null;
  #stampSeenMs = 0;
  /** It was read again when no write of the tick of this stamp could be left. */
  #trusted = false;

  constructor({ path, maxBytes }: { readonly path: string; readonly maxBytes: number }) {
    this.#path = path;
    this.#maxBytes = maxBytes;
  }

  /** Never rejects for what the file system says: that is an answer. Null: certainly what it was the last time. */
  async read(): Promise<FileContent | null> {
    const startMs = performance.now();
    try {
      // Without O_NONBLOCK the opening of a FIFO would wait for its writer.
      await using file = await open(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
      const stats = await file.stat({ bigint: true });
      if (!stats.isFile()) return this.#unusable('is no file');
      if (stats.size > this.#maxBytes) return this.#unusable(`has more than ${this.#maxBytes} bytes`);
      const stamp = stampOf(stats);
      if (this.#trusted && stamp === this.#stamp) return null;
      const bytes = await readUpTo(file, this.#maxBytes);
      if (stampOf(await file.stat({ bigint: true })) !== stamp) return this.#unusable('is being written all the time');
      this.#trusted = stamp === this.#stamp && startMs - this.#stampSeenMs >= tickMs;
      if (stamp !== this.#stamp) this.#stampSeenMs = startMs;
      this.#stamp = stamp;
      return isUtf8(bytes) ? { kind: 'text', text: bytes.toString('utf8') } : this.#unusable('is no valid UTF-8');
    } catch (error) {
      return this.#refused(error);
    }
  }

  #refused(error: unknown): FileContent {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const why = code === 'EACCES' ? 'may not be read by this user (EACCES)' : `cannot be read (${code})`;
    return this.#without(code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'missing' } : { kind: 'unusable', why });
  }

  #unusable(why: string): FileContent {
    return this.#without({ kind: 'unusable', why });
  }

  /** What comes next is read in any case. */
  #without(content: FileContent): FileContent {
    this.#stamp = null;
    return content;
  }
}

function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/** Up to its end, or to one byte more than so many. */
async function readUpTo(file: FileHandle, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let gotBytes = 0; gotBytes <= maxBytes; ) {
    const piece = Buffer.allocUnsafe(pieceBytes);
    const { bytesRead } = await file.read(piece, 0, piece.length, gotBytes);
    if (bytesRead === 0) break;
    pieces.push(piece.subarray(0, bytesRead));
    gotBytes += bytesRead;
  }
  return Buffer.concat(pieces);
}
