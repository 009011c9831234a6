// From what was copied of a body to what may be logged of it: redacted first, then cut to its limit.
import type { HeaderBlock } from '../../http/header-block.ts';
import type { CapturedBody } from '../event/captured-body.ts';
import { combineFields } from '../event/header-text.ts';
import type { Redactor } from './redactor.ts';

export interface BodyFacts {
  readonly headers: HeaderBlock;
  /** Of the request. */
  readonly path: string;
  readonly redactor: Redactor | null;
  /** --log-max-bytes; null: no limit. */
  readonly maxBytes: number | null;
}

/** A promise only when it must be decoded to be redacted; never rejects. */
export function bodyForLog(body: CapturedBody, facts: BodyFacts): CapturedBody | Promise<CapturedBody> {
  const { headers, path, redactor, maxBytes } = facts;
  if (redactor === null) return truncate(body, maxBytes);
  const redacted = redactor.redact(body, {
    contentType: headers.get('content-type') ?? null,
    contentEncoding: combineFields(headers, 'content-encoding'),
    headerLength: headers.get('inference-header-content-length') ?? null,
    path,
  });
  return redacted instanceof Promise
    ? redacted.then((readable) => truncate(readable, maxBytes))
    : truncate(redacted, maxBytes);
}

/** `maxBytes` null: as it is. `totalBytes` stays, and tells that there was more. */
export function truncate(body: CapturedBody, maxBytes: number | null): CapturedBody {
  if (maxBytes === null || body.bytes <= maxBytes) return body;
  const data: Uint8Array[] = [];
  let room = maxBytes;
  for (const piece of body.data) {
    if (room === 0) break;
    // A copy: a view of the cut piece would hold all of it in memory, uncounted, for as long as the event waits.
    data.push(piece.length <= room ? piece : new Uint8Array(piece.subarray(0, room)));
    room -= Math.min(piece.length, room);
  }
  return { ...body, data, bytes: maxBytes };
}
