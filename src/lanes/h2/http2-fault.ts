// What ends an HTTP/2 connection: bytes that leave its two ends without a common state (RFC 9113 5.4.1).

/** The codes that the readers of this folder give, as GOAWAY carries them (RFC 9113 7). */
const faultCodes = {
  PROTOCOL_ERROR: 0x1,
  FLOW_CONTROL_ERROR: 0x3,
  FRAME_SIZE_ERROR: 0x6,
  COMPRESSION_ERROR: 0x9,
  ENHANCE_YOUR_CALM: 0xb,
} as const;

export type FaultName = keyof typeof faultCodes;

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

  get http2Code(): number {
    return faultCodes[this.fault];
  }
}
