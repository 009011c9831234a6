// The runtime's answer to a merged call, whole: it can only be taken apart when its last byte is here.
import { OutriggerError } from '../../errors.ts';
import { decodeBody } from '../../http/content-coding.ts';
import type { ProxyResponse } from '../../http/exchange.ts';
import type { HeaderBlock } from '../../http/header-block.ts';
import { collectBody } from '../body/collect-body.ts';

/** Beyond, the answer is given up and the members are run alone. */
const maxAnswerBytes = 512 * 1024 * 1024;

/**
 * Null: too large, or in a coding that was not asked for and cannot be undone. A failure's bytes stay coded as they came.
 * @throws OutriggerError UPSTREAM_UNREACHABLE, or what the stream was broken with, when the answer breaks off
 */
export async function collectAnswer(response: ProxyResponse): Promise<Uint8Array | null> {
  const { status, headers, body } = await wholeAnswer(response);
  if (body instanceof Uint8Array) return status >= 300 ? body : decodeAnswer(body, headers);
  body.destroy();
  return null;
}

/** The same answer with its body as bytes; as a stream from its first byte on when it is too large to be held. */
export async function wholeAnswer(response: ProxyResponse): Promise<ProxyResponse> {
  const { body, headers } = response;
  if (body instanceof Uint8Array) return response;
  const announced = headers.get('content-length');
  const contentLength = announced === undefined ? null : Number(announced);
  const bounds = { contentLength, maxBytes: maxAnswerBytes, reserve: () => true };
  const collected = await collectBody(body, bounds).catch(throwBrokenOff);
  if (collected.kind === 'refused') return response; // which it never is: nothing is reserved
  return { ...response, body: collected.kind === 'bytes' ? collected.bytes : collected.body };
}

/** HTTP/1.1 breaks a stream with our words, HTTP/2 with its own: a runtime at fault must not look like a fault of the agent. */
function throwBrokenOff(cause: unknown): never {
  if (cause instanceof OutriggerError) throw cause;
  throw new OutriggerError('UPSTREAM_UNREACHABLE', 'the runtime broke off its answer', { cause });
}

/** Null: in a coding that cannot be undone, or too large then. */
export async function decodeAnswer(bytes: Uint8Array, headers: HeaderBlock): Promise<Uint8Array | null> {
  const coding = headers.get('content-encoding');
  if (coding === undefined) return bytes;
  const decoded = await decodeBody(bytes, coding, { maxBytes: maxAnswerBytes, bombBytes: maxAnswerBytes });
  return decoded.kind === 'bytes' ? decoded.bytes : null;
}
