// Bytes of a body with their Content-Encoding, or grpc-encoding, taken off: as far as they go, and bounded.
import type { Transform } from 'node:stream';
import {
  brotliDecompressSync,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
  gunzipSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib';

export interface DecodedBytes {
  readonly bytes: Buffer;
  /** Why there is no more of it; null: it is whole. */
  readonly missing: string | null;
}

/** A copy has 256 KiB at the most: this much of what it says can be looked at. */
export const maxDecodedBytes = 1024 * 1024;
/** What is decoded while a list is being made, in the event loop. */
const maxInlineBytes = 64 * 1024;

interface Format {
  /** Gives out what it has when its input ends early. */
  readonly open: () => Transform;
  readonly decodeSync: (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer;
}

const gzip: Format = {
  open: () => createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }),
  decodeSync: gunzipSync,
};
// deflate is the zlib format (RFC 9110 8.4.1.2).
const formats: ReadonlyMap<string, Format> = new Map([
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['deflate', { open: () => createInflate({ finishFlush: constants.Z_SYNC_FLUSH }), decodeSync: inflateSync }],
  [
    'br',
    {
      open: () => createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH }),
      decodeSync: brotliDecompressSync,
    },
  ],
  [
    'zstd',
    { open: () => createZstdDecompress({ finishFlush: constants.ZSTD_e_flush }), decodeSync: zstdDecompressSync },
  ],
]);

/** Never rejects. `coding`: a list is not taken apart, since no inference server reads one. `maxBytes`: decoded. */
export async function decodeBytes(
  bytes: Buffer,
  coding: string | undefined,
  maxBytes: number = maxDecodedBytes,
): Promise<DecodedBytes> {
  const name = nameOf(coding);
  if (name === 'identity') return { bytes, missing: null };
  const format = formats.get(name);
  if (format === undefined) return { bytes: Buffer.alloc(0), missing: `its coding "${name}" is not known here` };
  const decoder = format.open();
  const chunks: Buffer[] = [];
  let decodedBytes = 0;
  try {
    decoder.end(bytes);
    for await (const chunk of decoder as AsyncIterable<Buffer>) {
      const room = maxBytes - decodedBytes;
      chunks.push(chunk.subarray(0, room));
      decodedBytes += chunk.length;
      if (decodedBytes > maxBytes) {
        return { bytes: Buffer.concat(chunks), missing: `only its first ${maxBytes} bytes were decoded` };
      }
    }
    return { bytes: Buffer.concat(chunks), missing: null };
  } catch (error) {
    return { bytes: Buffer.concat(chunks), missing: `it is broken ${name}: ${(error as Error).message}` };
  }
}

/** Null: broken, cut, of a coding not known here, or too large to be decoded on the spot. `maxBytes`: decoded; default 1 MiB. */
export function decodeInline(
  bytes: Buffer,
  coding: string | undefined,
  maxBytes: number = maxDecodedBytes,
): Buffer | null {
  const name = nameOf(coding);
  if (name === 'identity') return bytes;
  const format = formats.get(name);
  if (format === undefined || bytes.length > maxInlineBytes) return null;
  try {
    return format.decodeSync(bytes, { maxOutputLength: maxBytes });
  } catch {
    return null; // whoever opens the exchange is told why
  }
}

function nameOf(coding = ''): string {
  return coding.trim().toLowerCase() || 'identity';
}
