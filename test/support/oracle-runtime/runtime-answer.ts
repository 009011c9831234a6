// An answer of the oracle before it is written.

export interface RuntimeAnswer {
  readonly status: number;
  /** Raw list: name, value, name, value. Content-Length is added. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** For tests that say themselves what the runtime answers: JSON as latin1 or Unicode text below 256, then bytes. */
export function scripted(status: number, header: string, blob?: Buffer): RuntimeAnswer {
  const json = Buffer.from(header);
  if (blob === undefined) return { status, headers: ['Content-Type', 'application/json'], body: json };
  const headers = ['Content-Type', 'application/octet-stream', 'Inference-Header-Content-Length', String(json.length)];
  return { status, headers, body: Buffer.concat([json, blob]) };
}
