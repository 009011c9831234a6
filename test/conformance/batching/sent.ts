// Inference requests as tests of the batcher write them: the exact JSON, and the bytes behind it.

export interface Sent {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface InferParts {
  readonly model?: string;
  readonly path?: string;
  readonly blob?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A V2 request; with `blob` (which may be empty) it says how long its JSON is. Model `echo` unless told. */
export function infer(json: string, { model = 'echo', path, blob, headers = {} }: InferParts = {}): Sent {
  const header = Buffer.from(json);
  const length = blob === undefined ? {} : { 'Inference-Header-Content-Length': String(header.length) };
  const contentType = { 'Content-Type': blob === undefined ? 'application/json' : 'application/octet-stream' };
  return {
    path: path ?? `/v2/models/${encodeURIComponent(model)}/infer`,
    headers: { ...contentType, ...length, ...headers },
    body: blob === undefined ? header : Buffer.concat([header, blob]),
  };
}

/** One JSON input: [rows, ...inner]. */
export function input(name: string, datatype: string, shape: readonly number[], data: string): string {
  return `{"name":"${name}","shape":[${shape}],"datatype":"${datatype}","data":${data}}`;
}

export function predict(json: string, model = 'm', headers: Readonly<Record<string, string>> = {}): Sent {
  const path = `/v1/models/${model}:predict`;
  return { path, headers: { 'Content-Type': 'application/json', ...headers }, body: Buffer.from(json) };
}

/** Bytes written as hexadecimal digits, white space between them as one likes. */
export function hex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(/\s/g, ''), 'hex');
}

/** A request for model `m`: x FP32 [rows, 2] as JSON, so many rows of [value, 1]. */
export function sums(rows: number, value = 1, headers: Readonly<Record<string, string>> = {}): Sent {
  const data = Array.from({ length: rows }, () => `${value},1`);
  return infer(`{"inputs":[${input('x', 'FP32', [rows, 2], `[${data}]`)}]}`, { model: 'm', headers });
}
