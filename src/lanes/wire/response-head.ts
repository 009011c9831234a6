// The runtime's status line and fields in one pass over the bytes: what http/response-head.ts reads from undici, and more strictly than undici.
import { OutriggerError } from '../../errors.ts';
import { maxResponseHeaderBytes, readReason } from '../../http/response-head.ts';
import { FieldLine } from './field-line.ts';
import { incomplete, unusual, type WireResponseHead } from './heads.ts';
import { ResponseFields } from './response-fields.ts';
import { CR, isFieldValue, LF, SP } from './syntax.ts';

const versionPrefix = Buffer.from('HTTP/1.', 'latin1');
const minorAt = versionPrefix.length; // '0' or '1', then a space, three digits, and a space or CRLF
const statusAt = minorAt + 2;
const reasonAt = statusAt + 4;
const zero = 0x30;
const notYet = -1;

const line = new FieldLine(); // the one being read

/**
 * Reads the head that starts at `start`; bytes from `end` on are not looked at. 1xx are heads like others, without 101, which
 * nobody asked for.
 * @throws OutriggerError UPSTREAM_PROTOCOL_ERROR at the first byte that leaves room for guesses (RFC 9112 2.2, 4, 5, 6.3)
 */
export function readResponseHead(bytes: Buffer, start: number, end: number): WireResponseHead | typeof incomplete {
  const head = readWithin(bytes, start, Math.min(end, start + maxResponseHeaderBytes));
  if (head !== null) return head;
  if (end - start >= maxResponseHeaderBytes) throw malformed(`a head beyond ${maxResponseHeaderBytes} bytes`);
  return incomplete;
}

/** Null: the head goes on behind `end`. */
function readWithin(bytes: Buffer, start: number, end: number): WireResponseHead | null {
  const lineEnd = findStatusLineEnd(bytes, start, end);
  if (lineEnd === notYet) return null;
  const status = readStatus(bytes, start + statusAt);
  const http10 = bytes[start + minorAt] === zero;
  if (http10 && status < 200) throw malformed('HTTP/1.0 has no interim answers'); // RFC 9110 15.2: another answer behind it is a guess
  const fields = new ResponseFields(bytes, start + minorAt + 1);
  let at = lineEnd + 2;
  while (at < end && bytes[at] !== CR) {
    const scanned = line.scan(bytes, at, end);
    if (scanned === incomplete) return null;
    if (scanned === unusual) throw malformed('a field line that is not well-formed');
    fields.add(line);
    at = line.end + 2;
  }
  if (!hasLineEnd(bytes, at, end)) return null;
  return {
    status,
    reason: readPhrase(bytes, start + reasonAt, lineEnd),
    headers: fields.block(),
    contentLength: fields.contentLength,
    chunked: fields.chunked,
    keepAlive: fields.keepsAlive(http10),
    idleTimeoutMs: fields.idleTimeoutMs,
    bytes: at + 2 - start,
  };
}

/** Where the CRLF of the status line is. */
function findStatusLineEnd(bytes: Buffer, start: number, end: number): number {
  const known = Math.min(end - start, reasonAt);
  for (let i = 0; i < known; i++) {
    if (!fitsStatusLine(bytes[start + i] as number, i)) throw malformed('no status line of HTTP/1.0 or HTTP/1.1');
  }
  if (known < reasonAt) return notYet;
  let at = start + reasonAt - 1;
  while (at < end && isFieldValue[bytes[at] as number] === 1) at++;
  return hasLineEnd(bytes, at, end) ? at : notYet;
}

function fitsStatusLine(byte: number, index: number): boolean {
  if (index < minorAt) return byte === versionPrefix[index];
  if (index === minorAt) return byte === zero || byte === zero + 1;
  if (index === minorAt + 1) return byte === SP;
  if (index < reasonAt - 1) return byte >= (index === statusAt ? zero + 1 : zero) && byte <= zero + 9;
  return byte === SP || byte === CR; // `HTTP/1.1 200` alone is what some servers write
}

function readStatus(bytes: Buffer, at: number): number {
  let status = 0;
  for (let i = 0; i < 3; i++) status = status * 10 + (bytes[at + i] as number) - zero;
  if (status === 101) throw malformed('101 without being asked to upgrade');
  return status;
}

/** As undici and readReason make it of these bytes. */
function readPhrase(bytes: Buffer, start: number, end: number): string | undefined {
  if (start >= end) return '';
  if (end - start === 2 && bytes[start] === 0x4f && bytes[start + 1] === 0x4b) return 'OK'; // nearly always
  return readReason(bytes.toString('utf8', start, end));
}

/** False: its CR or LF is still to come. */
function hasLineEnd(bytes: Buffer, at: number, end: number): boolean {
  if (at >= end) return false;
  if (bytes[at] !== CR) throw malformed('a control character');
  if (at + 1 >= end) return false;
  if (bytes[at + 1] !== LF) throw malformed('a bare CR');
  return true;
}

function malformed(what: string): OutriggerError {
  return new OutriggerError('UPSTREAM_PROTOCOL_ERROR', `the runtime's answer is no valid HTTP: ${what}`);
}
