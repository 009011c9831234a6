// From what was copied of a body to what may be logged of it: redacted first, then cut to its limit.
import type { HeaderBlock } from '../../http/header-block.ts';
import type { CapturedBody } from '../event/captured-body.ts';
import type { RedactedBody, Redactor } from './redactor.ts';
import { truncate } from './truncate.ts';

export interface PreparedFor {
  readonly headers: HeaderBlock;
  readonly path: string;
  readonly redactor: Redactor | null;
  /** --log-max-bytes; null: no limit. */
  readonly maxBytes: number | null;
}

/** A promise only when it must be decoded to be redacted. */
export function prepareBody(body: CapturedBody, facts: PreparedFor): CapturedBody | Promise<CapturedBody> {
  const { headers, path, redactor, maxBytes } = facts;
  if (redactor === null) return truncate(body, maxBytes);
  const sent = {
    contentType: headers.get('content-type') ?? null,
    contentEncoding: headers.get('content-encoding') ?? null,
    headerLength: headers.get('inference-header-content-length') ?? null,
    path,
  };
  const finish = ({ body: redacted, contentEncoding, headerLength }: RedactedBody): CapturedBody =>
    truncate({ ...redacted, recoded: { contentEncoding, headerLength } }, maxBytes);
  const redacted = redactor.redact(body, sent);
  return redacted instanceof Promise ? redacted.then(finish) : finish(redacted);
}
