// One exchange as the inspector holds it: bytes and figures, nothing decoded yet.

/** A copy of a body's first bytes. */
export interface KeptBody {
  readonly bytes: Buffer;
  /** That passed: more than `bytes.length` when it was cut. */
  readonly passedBytes: number;
}

export type Fields = readonly (readonly [name: string, value: string])[];

export interface KeptRequest {
  /** Of the connection, as in ProxyRequest. */
  readonly protocol: 'http1' | 'http2';
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly authority: string;
  /** End-to-end fields with Content-Length where it was known, as the runtime gets them. */
  readonly headers: Fields;
  /** Null: not kept. */
  readonly body: KeptBody | null;
}

export interface KeptAnswer {
  readonly status: number;
  readonly reason: string;
  readonly headers: Fields;
  readonly trailers: Fields;
  /** Null: not kept. */
  readonly body: KeptBody | null;
}
