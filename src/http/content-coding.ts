// Content codings of bodies: gzip and deflate off a request before it is read, and on an answer for a client that wants one.
import { promisify } from 'node:util';
import {
  constants,
  createGunzip,
  createInflate,
  deflate,
  deflateSync,
  gunzipSync,
  gzip,
  gzipSync,
  inflateSync,
  type ZlibOptions,
} from 'node:zlib';

export type Coding = 'gzip' | 'deflate';

export type DecodedBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** A coding that is not ours to read, or several. */
  | { readonly kind: 'unsupported' }
  /** Not what the coding says: wrong format, truncated, or with something behind its end. */
  | { readonly kind: 'broken' }
  /** Above maxBytes, decoded. */
  | { readonly kind: 'too_large' }
  /** Above bombBytes, decoded: no client means it well. */
  | { readonly kind: 'bomb' }
  /** `reserve` said no. */
  | { readonly kind: 'refused' };

export interface DecodeBounds {
  readonly maxBytes: number; // at least 1
  /** At least maxBytes. Beyond maxBytes the bytes are counted, not kept. */
  readonly bombBytes: number;
  /** Is there room for so many decoded bytes more? Asked as they come; what was granted is the caller's to give back. */
  reserve?(bytes: number): boolean;
}

/** So little is coded in the event loop: to give it to another thread would take longer. */
const maxInlineBytes = 16_384;
/** What may come out of it there; more goes to the other thread after all. */
const maxInlineDecodedBytes = 262_144;
const chunkBytes = 65_536;
/** Else what follows the end would be dropped without a word, or read as another member, which runtimes need not do. */
const strictly = { rejectGarbageAfterEnd: true } as const;

/** `coding`: the value of Content-Encoding. deflate is the zlib format (RFC 9110 8.4.1.2), as Triton has it, never the raw one. */
export function decodeBody(
  bytes: Uint8Array,
  coding: string | undefined,
  bounds: DecodeBounds,
): DecodedBody | Promise<DecodedBody> {
  const format = readCoding(coding);
  if (format === null) return { kind: 'unsupported' };
  if (format === 'identity') return bytes.length > bounds.maxBytes ? { kind: 'too_large' } : { kind: 'bytes', bytes };
  const inline = bytes.length <= maxInlineBytes ? decodeInline(bytes, format, bounds) : null;
  if (inline === null) return decodeStreamed(bytes, format, bounds);
  if (inline.kind === 'bytes' && bounds.reserve?.(inline.bytes.length) === false) return { kind: 'refused' };
  return inline;
}

/** Null: none that we know. Names are not case-sensitive, and x-gzip is gzip (RFC 9110 8.4.1). */
function readCoding(coding = ''): Coding | 'identity' | null {
  const name = coding.trim().toLowerCase();
  if (name === '' || name === 'identity') return 'identity';
  if (name === 'gzip' || name === 'x-gzip') return 'gzip';
  return name === 'deflate' ? 'deflate' : null;
}

/** Null: it becomes large. */
function decodeInline(bytes: Uint8Array, format: Coding, { maxBytes }: DecodeBounds): DecodedBody | null {
  const decode = format === 'gzip' ? gunzipSync : inflateSync;
  const options = { maxOutputLength: Math.min(maxBytes, maxInlineDecodedBytes), ...strictly };
  try {
    return { kind: 'bytes', bytes: decode(bytes, options) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return null;
    return { kind: 'broken' }; // zlib throws for nothing else
  }
}

function decodeStreamed(bytes: Uint8Array, format: Coding, bounds: DecodeBounds): Promise<DecodedBody> {
  const { maxBytes, bombBytes } = bounds;
  const options = { chunkSize: chunkBytes, ...strictly };
  const decoder = format === 'gzip' ? createGunzip(options) : createInflate(options);
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let decodedBytes = 0;
    decoder.on('data', (chunk: Buffer) => {
      decodedBytes += chunk.length;
      if (decodedBytes <= maxBytes && bounds.reserve?.(chunk.length) === false) {
        decoder.destroy();
        resolve({ kind: 'refused' });
        return;
      }
      if (decodedBytes <= maxBytes) chunks.push(chunk);
      else chunks = [];
      if (decodedBytes <= bombBytes) return;
      decoder.destroy();
      resolve({ kind: 'bomb' });
    });
    decoder.on('end', () => {
      if (decodedBytes > maxBytes) resolve({ kind: 'too_large' });
      else resolve({ kind: 'bytes', bytes: Buffer.concat(chunks, decodedBytes) });
    });
    decoder.on('error', () => resolve({ kind: 'broken' }));
    decoder.end(bytes);
  });
}

/**
 * The coding of an answer, as Triton chooses it: the highest weight of identity, deflate and gzip, of equals the first that is
 * named; names in lower case, weights as `;q=` without blanks, no `*`. Null: identity.
 */
export function chooseCoding(acceptEncoding: string | undefined): Coding | null {
  if (acceptEncoding === undefined) return null;
  let chosen: string | null = null;
  let chosenWeight = 0;
  for (const entry of acceptEncoding.split(',')) {
    const [name = '', weightText] = entry.replace(/^ +/, '').split(';q=');
    const weight = weightText === undefined ? 1 : Number.parseFloat(weightText);
    if (!(weight > chosenWeight) || !['identity', 'deflate', 'gzip'].includes(name)) continue;
    chosen = name;
    chosenWeight = weight;
  }
  return chosen === 'gzip' || chosen === 'deflate' ? chosen : null;
}

/** The least that zlib can do: text of numbers shrinks little more for thrice the time. */
const quickly: ZlibOptions = { level: constants.Z_BEST_SPEED };
const codings = {
  gzip: { inline: gzipSync, elsewhere: promisify<Uint8Array, ZlibOptions, Buffer>(gzip) },
  deflate: { inline: deflateSync, elsewhere: promisify<Uint8Array, ZlibOptions, Buffer>(deflate) },
} as const;

export function encodeBody(bytes: Uint8Array, coding: Coding): Promise<Uint8Array> {
  const { inline, elsewhere } = codings[coding];
  return bytes.length <= maxInlineBytes ? Promise.resolve(inline(bytes, quickly)) : elsewhere(bytes, quickly);
}
