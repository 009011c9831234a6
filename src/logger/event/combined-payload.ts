// The payload of --log-combined: a request and its answer as one JSON text.
import { openBrace, openBracket, skipSpace } from '../../v2/json/json-scan.ts';
import { isSoundJson } from '../../v2/json/sound-json.ts';
import type { CapturedBody } from './captured-body.ts';
import type { MessageNotes } from './message-notes.ts';
import { joinPieces } from './pieces.ts';

export interface CombinedPart {
  readonly notes: MessageNotes;
  readonly body: CapturedBody;
  /** Of an answer. */
  readonly status: number | null;
}

/** Larger texts go as base64: to check this one holds up all other requests for a millisecond. */
const maxJsonBytes = 1_048_576;
/** Three bytes are four characters: pieces of this size join without padding. A string holds 512 MB at the most. */
const base64PieceBytes = 3 * 2 ** 22;

/**
 * `{"request":{…},"response":{…}}`; `response` is null when there is none, or it is not logged. A payload stands there as `data`,
 * byte for byte, when it is a JSON object or list, plain and whole; else as `data_base64`.
 */
export function writeCombined(request: CombinedPart, response: CombinedPart | null): Uint8Array[] {
  const pieces: Uint8Array[] = [Buffer.from('{"request":')];
  writePart(request, pieces);
  pieces.push(Buffer.from(',"response":'));
  if (response === null) pieces.push(Buffer.from('null'));
  else writePart(response, pieces);
  pieces.push(Buffer.from('}'));
  return pieces;
}

function writePart(part: CombinedPart, into: Uint8Array[]): void {
  const head = JSON.stringify(factsOf(part)).slice(0, -1);
  const bytes = joinPieces(part.body.data);
  if (bytes.length === 0) {
    into.push(Buffer.from(`${head}}`));
    return;
  }
  const comma = head === '{' ? '' : ',';
  if (isPlainJson(part, bytes)) {
    into.push(Buffer.from(`${head}${comma}"data":`), bytes, Buffer.from('}'));
  } else {
    into.push(Buffer.from(`${head}${comma}"data_base64":"`));
    writeBase64(bytes, into);
    into.push(Buffer.from('"}'));
  }
}

function factsOf({ notes, status }: CombinedPart): Record<string, string | number | boolean> {
  const facts: Record<string, string | number | boolean> = {};
  if (status !== null) facts.statuscode = status;
  if (notes.contentType !== null) facts.contenttype = notes.contentType;
  if (notes.contentEncoding !== null) facts.contentencoding = notes.contentEncoding;
  const { attributes } = notes;
  for (let i = 0; i < attributes.length; i += 2) {
    const name = attributes[i] as string;
    facts[name] = factOf(name, attributes[i + 1] as string);
  }
  return facts;
}

function factOf(name: string, value: string): string | number | boolean {
  if (name === 'datalength' || name === 'inferenceheadercontentlength') return Number(value);
  return (name === 'truncated' || name === 'incomplete' || name === 'redacted') && value === 'true' ? true : value;
}

function isPlainJson({ notes, body }: CombinedPart, bytes: Buffer): boolean {
  if (body.broken || bytes.length < body.totalBytes || bytes.length > maxJsonBytes) return false;
  const first = bytes[skipSpace(bytes, 0)];
  return notes.contentEncoding === null && (first === openBrace || first === openBracket) && isSoundJson(bytes);
}

function writeBase64(bytes: Buffer, into: Uint8Array[]): void {
  for (let at = 0; at < bytes.length; at += base64PieceBytes) {
    into.push(Buffer.from(bytes.toString('base64', at, at + base64PieceBytes), 'latin1'));
  }
}
