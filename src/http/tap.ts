// Reads along with a body that streams: each chunk as it passes, and how it ended. The reader's pace and bytes stay its own.
import type { Readable } from 'node:stream';
import { FedBody } from './fed-body.ts';
import { wasCutShort } from './http2-body.ts';
import { breakReasonOf } from './stream-reset.ts';

export interface Tap {
  /** Not to be changed; it may be a view of a larger buffer. */
  chunk(chunk: Uint8Array): void;
  /** Called once; `broken`: the body did not come to its end. */
  over(broken: boolean): void;
}

/** To be called before the body is given to its reader. */
export function tapBody(body: Readable, tap: Tap): void {
  const onChunk = (chunk: Uint8Array): void => tap.chunk(chunk);
  if (body instanceof FedBody) body.tap(onChunk);
  else {
    body.pause(); // listening alone must not start it
    body.on('data', onChunk);
  }
  let told = false;
  const over = (broken: boolean): void => {
    if (told) return;
    told = true;
    tap.over(broken);
  };
  body.once('end', () => over(breakReasonOf(body) !== undefined || wasCutShort(body)));
  body.once('error', () => over(true));
  body.once('close', () => over(true));
}
