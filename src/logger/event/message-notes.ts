// What an event says about its message beside the exchange: the type of its payload, how to read it, and whether it is all there.
import type { ProxyResponse } from '../../http/exchange.ts';
import type { HeaderBlock } from '../../http/header-block.ts';
import type { BodyCoding, CapturedBody } from './captured-body.ts';
import { grpcTypeOf, statusOfGrpc } from './grpc-message.ts';
import { combineFields, readAttributeText } from './header-text.ts';

/** `answeredMs`: epoch, when its head came. */
export type LoggedAnswer = Pick<ProxyResponse, 'status' | 'headers' | 'batch' | 'trailers'> & {
  readonly answeredMs: number;
};

export interface MessageNotes {
  /** Null: the message names none. */
  readonly contentType: string | null;
  readonly contentEncoding: string | null;
  /** Attributes: [name, value, …]. */
  readonly attributes: string[];
}

/** Without its HTTP status: not every event carries it. */
export function noteAnswer({ headers, trailers }: LoggedAnswer, body: CapturedBody): MessageNotes {
  const notes = noteMessage(headers, body);
  const grpcStatus = statusOfGrpc(headers, trailers);
  if (grpcStatus !== null) notes.attributes.push('grpcstatus', readAttributeText(grpcStatus));
  return notes;
}

/** All that a request's event says of its message. */
export function noteMessage(headers: HeaderBlock, body: CapturedBody): MessageNotes {
  const attributes: string[] = [];
  const { contentEncoding, headerLength } = codingOf(headers, body.recoded);
  const sentType = readFilled(headers.get('content-type'));
  const grpcType = grpcTypeOf(sentType);
  const isRemoved = body.redacted === 'removed';
  if (!isRemoved && headerLength !== null) attributes.push('inferenceheadercontentlength', headerLength);
  const grpcEncoding = grpcType === null ? null : readFilled(headers.get('grpc-encoding'));
  if (!isRemoved && grpcEncoding !== null) attributes.push('grpcencoding', grpcEncoding);
  noteCompleteness(body, attributes);
  // Nothing is neither JSON nor gzip: a reader of what was removed must not fail on it.
  if (isRemoved) return { contentType: null, contentEncoding: null, attributes };
  return { contentType: grpcType ?? sentType, contentEncoding, attributes };
}

/** As the head says, unless the body was changed. */
function codingOf(headers: HeaderBlock, recoded: BodyCoding | undefined): BodyCoding {
  const coding = readFilled(
    recoded === undefined ? combineFields(headers, 'content-encoding') : recoded.contentEncoding,
  );
  const headerLength = recoded === undefined ? headers.get('inference-header-content-length') : recoded.headerLength;
  return {
    contentEncoding: coding?.toLowerCase() === 'identity' ? null : coding,
    headerLength: /^\d{1,15}$/.test(headerLength ?? '') ? (headerLength ?? null) : null,
  };
}

function readFilled(value: string | null | undefined): string | null {
  return value === null || value === undefined || value === '' ? null : readAttributeText(value);
}

function noteCompleteness({ bytes, totalBytes, broken, redacted }: CapturedBody, into: string[]): void {
  if (redacted !== 'removed' && bytes < totalBytes) into.push('truncated', 'true', 'datalength', String(totalBytes));
  if (broken) into.push('incomplete', 'true');
  if (redacted !== 'no') into.push('redacted', redacted === 'removed' ? 'removed' : 'true');
}
