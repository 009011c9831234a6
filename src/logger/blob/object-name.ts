// Under which key an object of log records is kept: <prefix>/<id>-<request|response>.<extension>.
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { attributeOf } from '../event/log-event.ts';
import type { KeptEvent } from './kept-event.ts';

export interface ObjectPlace {
  /** Of the sink's URL, without "/" at its ends. */
  readonly path: string;
  /** --log-store-path */
  readonly storePath: string;
}

/** Of keys: S3 and GCS take 1,024 bytes of UTF-8, Azure as many characters. */
const maxKeyBytes = 1024;
const suffixDigits = 12;
/** "-", digits of a suffix, "-exchange" and the longest extension. */
const reservedBytes = 48;

/** What an id must not hold, as it comes from clients: it is one part of a path, and no other one. */
const notInNames = /[\p{Cc}/\\]/gu;

/** Named by the first event, as all of a batch are of one service. Without an extension. */
export function objectName(first: KeptEvent, { path, storePath }: ObjectPlace): string {
  const named = ['namespace', 'inferenceservicename', 'component'].map((name) => attributeOf(first, name) ?? '');
  const prefix = posix.join('/', path, ...named, storePath).replace(/^\/+|\/+$/g, '');
  const roomBytes = maxKeyBytes - reservedBytes - Buffer.byteLength(prefix);
  // With --log-event-ids=distinct the ids end like this already.
  const id = attributeOf(first, 'exchangeid') ?? attributeOf(first, 'id') ?? '';
  const name = `${shortened(id.toWellFormed().replace(notInNames, encodeURIComponent), roomBytes)}-${first.kind}`;
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Tells objects with the same name apart: what is equal gets the same suffix. */
export function suffixOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex').slice(0, suffixDigits);
}

/** A long one ends in a digest of all of it, so that two that begin alike stay two. */
function shortened(id: string, maxBytes: number): string {
  if (Buffer.byteLength(id) <= maxBytes) return id;
  let kept = '';
  let bytes = 0;
  for (const character of id) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes - suffixDigits - 1) break;
    kept += character;
  }
  return `${kept}-${suffixOf(Buffer.from(id))}`;
}
