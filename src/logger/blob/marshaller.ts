// Objects made by somebody else: --log-marshaller-url gets the records and answers with the bytes.
import type { IncomingHttpHeaders } from 'node:http';
import { basicAuthorization } from '../../http/basic-authorization.ts';
import type { LogRecord } from './log-record.ts';
import { type ObjectContent, writeJsonArray } from './object-format.ts';

export class MarshallerFailure extends Error {
  override readonly name = 'MarshallerFailure';
  /** Null: no answer that makes sense. */
  readonly status: number | null;

  constructor(message: string, { status = null, ...options }: ErrorOptions & { readonly status?: number | null } = {}) {
    super(message, options);
    this.status = status;
  }
}

/** Always a list, also of one. @throws MarshallerFailure; the reason of `signal` */
export async function marshal(
  records: readonly LogRecord[],
  { url, signal }: { readonly url: string; readonly signal: AbortSignal },
): Promise<ObjectContent> {
  const answer = await post(url, { body: writeJsonArray(records), signal });
  const { status, headers, body } = answer;
  if (status < 200 || status > 299) throw new MarshallerFailure(`answered ${status}`, { status });
  const extension = fieldOf(headers, 'x-log-marshal-extension')?.toLowerCase() ?? '';
  return {
    body,
    contentType: fieldOf(headers, 'content-type') ?? 'application/octet-stream',
    extension: /^[a-z0-9]+(\.[a-z0-9]+)*$/.test(extension) && extension.length <= maxExtension ? extension : 'json',
  };
}

const maxExtension = 16;

/** By undici's `request`: `fetch` would unpack whatever coding the answer claims (CVE-2026-22036), and follow where it leads. */
async function post(url: string, { body, signal }: { readonly body: Buffer; readonly signal: AbortSignal }) {
  const target = new URL(url);
  const authorization = basicAuthorization(target);
  target.username = target.password = '';
  const headers = { 'content-type': 'application/json', ...(authorization !== null && { authorization }) };
  try {
    const { request } = await import('undici');
    const answer = await request(target, { method: 'POST', headers, body, signal });
    return { status: answer.statusCode, headers: answer.headers, body: await readBody(answer.body) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MarshallerFailure) throw error;
    throw new MarshallerFailure((error as NodeJS.ErrnoException).code ?? 'no answer', { cause: error });
  }
}

/** Far more than any batch: somebody else's mistake must not cost this process its memory. */
const maxAnswerBytes = 268_435_456;

async function readBody(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) throw new MarshallerFailure(`answered with more than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Of a repeated field the first. */
function fieldOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
