// What ends an HTTP/2 connection: bytes that leave its two ends without a common state (RFC 9113 5.4.1).
import { errorCodes } from './error-codes.ts';

/** The others end a stream, or nothing. */
export type FaultName = Exclude<keyof typeof errorCodes, 'NO_ERROR' | 'REFUSED_STREAM' | 'CANCEL'>;

/** Nothing behind it on the same connection can be understood: answer with GOAWAY and `http2Code`, then close. */
export class Http2Fault extends Error {
  override readonly name = 'Http2Fault';
  readonly fault: FaultName;

  constructor(fault: FaultName, reason: string) {
    super(reason);
    this.fault = fault;
  }

  /** The peer asked for too much, rather than for something wrong. */
  get isFlood(): boolean {
    return this.fault === 'ENHANCE_YOUR_CALM';
  }

  /** As GOAWAY carries it. */
  get http2Code(): number {
    return errorCodes[this.fault];
  }
}
