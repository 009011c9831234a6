// What a member is answered: the runtime's status and headers with its own part of the body, coded as its client accepts.

import { chooseCoding, encodeBody } from '../../http/content-coding.ts';
import type { BatchNote, ProxyResponse } from '../../http/exchange.ts';
import { FlatHeaderBlock, type HeaderBlock } from '../../http/header-block.ts';
import type { Member } from '../member.ts';
import type { AssembledBody } from '../merge/assembled-body.ts';
import { joined } from '../merge/merged-request.ts';

/** Fields that say something of one message's body, or of one request: each member's answer gets its own or none. */
const ownFields = new Set([
  'content-length',
  'content-encoding',
  'content-md5',
  'content-digest',
  'repr-digest',
  'digest',
  'content-range',
  'inference-header-content-length',
  'etag',
]);

/** The fields of the runtime's answer that hold for other bodies than its own, `but` some (in lower case). */
export function sharedFields(headers: HeaderBlock, but: readonly string[] = []): readonly string[] {
  const flat: string[] = [];
  for (const [name, value] of headers) {
    const lowerName = name.toLowerCase();
    if (lowerName.startsWith('ce-') || ownFields.has(lowerName) || but.includes(lowerName)) continue;
    flat.push(name, value);
  }
  return flat;
}

export interface AnswerFacts {
  readonly response: ProxyResponse;
  /** Of the response: computed once for all members. */
  readonly shared: readonly string[];
  readonly body: AssembledBody;
  readonly note: BatchNote;
}

/** A promise only when the body has to be coded. */
export function memberAnswer(member: Member, facts: AnswerFacts): ProxyResponse | Promise<ProxyResponse> {
  const { response, shared, body, note } = facts;
  const head = { status: response.status, reason: response.reason, batch: note, call: response.call };
  const own = [...shared, ...eventFields(response.headers, member)];
  const flat = withTensorFields(own, { body, wasBinary: hasBinaryTensors(response) });
  // As Triton does; servers of V1 send what they have.
  const coding = member.content.protocol === 'v2' ? chooseCoding(member.request.headers.get('accept-encoding')) : null;
  if (coding === null) return answer(head, [...flat, 'Content-Length', String(body.bytes)], joined(body));
  flat.push('Content-Encoding', coding);
  return encodeBody(Buffer.concat(body.parts, body.bytes), coding).then((bytes) => answer(head, flat, bytes));
}

function answer(
  head: Pick<ProxyResponse, 'status' | 'reason' | 'batch' | 'call'>,
  flat: readonly string[],
  body: ProxyResponse['body'],
): ProxyResponse {
  return { ...head, headers: new FlatHeaderBlock(flat), body, trailers: null };
}

/** Triton calls an answer whose binary outputs are all empty plain JSON, and so do we (protocol page, section 3). */
function withTensorFields(flat: string[], { body, wasBinary }: { body: AssembledBody; wasBinary: boolean }): string[] {
  if (body.headerBytes !== null) flat.push('Inference-Header-Content-Length', String(body.headerBytes));
  else if (wasBinary) {
    for (let i = 0; i < flat.length; i += 2) {
      if ((flat[i] as string).toLowerCase() === 'content-type') flat[i + 1] = 'application/json';
    }
  }
  return flat;
}

/** MLServer's answers are CloudEvents whose id is that of the request; for a member without one there is none to say. */
function eventFields(headers: HeaderBlock, { content }: Member): string[] {
  if (headers.get('ce-id') === undefined || content.protocol === 'v1' || content.request.id === null) return [];
  const id = JSON.parse(Buffer.from(content.request.id, 'latin1').toString()) as string;
  if (!/^[\x21-\x7e]+$/.test(id)) return [];
  const flat: string[] = [];
  for (const [name, value] of headers) {
    const lowerName = name.toLowerCase();
    if (lowerName.startsWith('ce-'))
      flat.push(name, lowerName === 'ce-id' || lowerName === 'ce-requestid' ? id : value);
  }
  return flat;
}

function hasBinaryTensors({ headers }: ProxyResponse): boolean {
  return headers.get('inference-header-content-length') !== undefined;
}
