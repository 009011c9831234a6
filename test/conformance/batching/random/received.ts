// An answer, and what of it must be the same for a caller whether others came with it or not.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { gunzipSync, inflateSync } from 'node:zlib';

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** False: the connection ended before the message did. */
  readonly complete: boolean;
}

export async function collect(incoming: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('error', () => undefined);
  await new Promise((resolve) => incoming.on('close', resolve));
  const { statusCode: status = 0, headers, complete } = incoming;
  return { status, headers, complete, body: Buffer.concat(chunks) };
}

/** Of one message or one connection: not the runtime's word. */
const ofTheConnection = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

export interface Shown {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
  readonly complete: boolean;
}

/**
 * The body decoded: two encoders give different bytes for the same text. Its length is then not compared either.
 * `idMadeUp`: the runtime invents an id for who sent none, another each time.
 */
export function show({ status, headers, body, complete }: Received, idMadeUp: boolean): Shown {
  const coding = headers['content-encoding'];
  const plain = (complete ? decode(body, coding) : body).toString('latin1');
  const skips = (name: string) => ofTheConnection.has(name) || (name === 'content-length' && coding !== undefined);
  return {
    status,
    headers: Object.entries(headers)
      .filter(([name]) => !skips(name))
      .map(([name, value]) => `${name}: ${value}`)
      .toSorted(),
    body: idMadeUp ? plain.replace(/"id":"[0-9a-f]{8}-[0-9a-f-]{27}"/, '"id":"?"') : plain,
    complete,
  };
}

function decode(body: Buffer, coding: string | undefined): Buffer {
  if (coding === 'gzip') return gunzipSync(body);
  return coding === 'deflate' ? inflateSync(body) : body;
}
