// A stream that its peer reset: the code travels on, so that a gRPC client sees what the runtime meant (RFC 9113 7).

export class StreamReset extends Error {
  override readonly name = 'StreamReset';
  readonly http2Code: number;

  constructor(http2Code: number) {
    super(`the stream was reset with code ${http2Code}`);
    this.http2Code = http2Code;
  }
}
