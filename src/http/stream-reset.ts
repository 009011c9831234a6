// Why a stream broke: the code that its peer reset it with travels on, so that a gRPC client sees what the runtime meant.
import type { Readable } from 'node:stream';

/** RFC 9113 section 7. */
export class StreamReset extends Error {
  override readonly name = 'StreamReset';
  readonly http2Code: number;

  constructor(http2Code: number) {
    super(`the stream was reset with code ${http2Code}`);
    this.http2Code = http2Code;
  }
}

/** node:http2 breaks a body with an error of its own, or with none: what it meant stands here, for broken bodies only. */
const reasons = new WeakMap<Readable, Error>();

/** To be called before the body's own 'error' and 'close' reach its reader. */
export function setBreakReason(body: Readable, reason: Error): void {
  reasons.set(body, reason);
}

export function breakReasonOf(body: Readable): Error | undefined {
  return reasons.get(body);
}
