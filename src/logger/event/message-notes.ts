// What an event says about its message beside the exchange: the type of its payload, how to read it, and whether it is all there.
import type { HeaderBlock } from '../../http/header-block.ts';
import { isGrpc } from '../../http/http2-fields.ts';
import { statusOfGrpc } from '../selection.ts';
import type { CapturedBody } from './captured-body.ts';
import type { LoggedAnswer } from './event-writer.ts';
import { readAttributeText, readTokens } from './header-text.ts';

export interface MessageNotes {
  /** Null: the message names none. */
  readonly contentType: string | null;
  readonly contentEncoding: string | null;
  /** Attributes: [name, value, …]. */
  readonly attributes: string[];
}

export function noteRequest(headers: HeaderBlock, body: CapturedBody): MessageNotes {
  return noteMessage(headers, body);
}

/** Without its HTTP status: not every event carries it. */
export function noteAnswer({ headers, trailers }: LoggedAnswer, body: CapturedBody): MessageNotes {
  const notes = noteMessage(headers, body);
  const grpcStatus = statusOfGrpc(headers, trailers);
  if (grpcStatus !== null) notes.attributes.push('grpcstatus', readAttributeText(grpcStatus));
  return notes;
}

/** gRPC's own type, `+proto` when the client did not name the codec; null: no gRPC. gRPC-Web frames its messages otherwise. */
export function grpcTypeOf(contentType: string | null | undefined): string | null {
  if (contentType === null || contentType === undefined || !isGrpc(contentType)) return null;
  const codec = grpcSyntax.exec(contentType)?.groups;
  return codec === undefined ? null : `application/grpc+${codec.codec ?? 'proto'}`;
}

const grpcSyntax = /^application\/grpc(?:\+(?<codec>[\w.-]+))?\s*(?:;|$)/;

function noteMessage(headers: HeaderBlock, body: CapturedBody): MessageNotes {
  const attributes: string[] = [];
  const removed = body.redacted === 'removed';
  const sentType = readTokens(headers, 'content-type');
  const grpcType = grpcTypeOf(sentType);
  if (!removed) noteReading(headers, grpcType !== null, attributes);
  noteCompleteness(body, attributes);
  if (removed && body.bytes === 0) return { contentType: null, contentEncoding: null, attributes };
  const coding = readTokens(headers, 'content-encoding');
  return {
    contentType: grpcType ?? sentType,
    contentEncoding: coding === null || coding.toLowerCase() === 'identity' ? null : coding,
    attributes,
  };
}

/** What its bytes cannot be read without. */
function noteReading(headers: HeaderBlock, grpc: boolean, into: string[]): void {
  const headerLength = headers.get('inference-header-content-length');
  if (headerLength !== undefined && /^\d{1,15}$/.test(headerLength)) {
    into.push('inferenceheadercontentlength', headerLength);
  }
  const grpcEncoding = grpc ? headers.get('grpc-encoding') : undefined;
  if (grpcEncoding !== undefined && grpcEncoding !== '') into.push('grpcencoding', readAttributeText(grpcEncoding));
}

function noteCompleteness({ bytes, totalBytes, broken, redacted }: CapturedBody, into: string[]): void {
  if (redacted !== 'removed' && bytes < totalBytes) into.push('truncated', 'true', 'datalength', String(totalBytes));
  if (broken) into.push('incomplete', 'true');
  if (redacted !== 'no') into.push('redacted', redacted === 'removed' ? 'removed' : 'true');
}
