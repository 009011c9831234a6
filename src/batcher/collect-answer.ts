// The runtime's answer to a merged call, whole: it can only be taken apart when its last byte is here.
import type { Readable } from 'node:stream';
import type { ProxyResponse } from '../http/exchange.ts';
import type { HeaderBlock } from '../http/header-block.ts';
import { collectBody } from './collect-body.ts';
import { decodeBody } from './content-coding.ts';

/** Beyond, the answer is given up and the members are run alone. */
const maxAnswerBytes = 512 * 1024 * 1024;

/**
 * Null: too large, or in a coding that was not asked for and cannot be undone. A failure's bytes stay coded as they came.
 * @throws the stream's own error when the answer breaks off
 */
export async function collectAnswer(response: ProxyResponse): Promise<Uint8Array | null> {
  const { status, headers } = response;
  const bytes = response.body instanceof Uint8Array ? response.body : await collectStream(response.body, headers);
  if (bytes === null) return null;
  const coding = headers.get('content-encoding');
  if (coding === undefined || status >= 300) return bytes;
  const decoded = await decodeBody(bytes, coding, { maxBytes: maxAnswerBytes, bombBytes: maxAnswerBytes });
  return decoded.kind === 'bytes' ? decoded.bytes : null;
}

async function collectStream(body: Readable, headers: HeaderBlock): Promise<Uint8Array | null> {
  const announced = headers.get('content-length');
  const contentLength = announced === undefined ? null : Number(announced);
  const collected = await collectBody(body, { contentLength, maxBytes: maxAnswerBytes, reserve: () => true });
  if (collected.kind === 'bytes') return collected.bytes;
  body.destroy();
  return null;
}
