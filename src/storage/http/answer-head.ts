// What does the head of a store's answer say: status, fields, and how its body is framed (RFC 9112)? No guesses: what is unclear is refused.
import type { AnswerHeaders } from '../object-store.ts';
import type { AnswerHead } from './http-client.ts';

/** The answer is no HTTP/1.1, or its framing leaves room for guesses. */
export class AnswerMalformed extends Error {
  override readonly name = 'AnswerMalformed';
}

export interface ReadHead {
  readonly head: AnswerHead;
  readonly body: number | 'chunked' | 'until_close'; // bytes
  readonly keepAlive: boolean;
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [^\0\r\n]*)?$/;
const fieldName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const forbiddenInValue = /[\0\r\n]/;
const lengthBytes = /^\d{1,15}$/;
const contentRange = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i;
const bareLineFeed = /[^\r]\n/;

/** Garbage is told at once, not when the time is over. `from`: up to there `begun` was looked at before. */
export function refuseNoHead(begun: string, from: number): void {
  if (!'HTTP/1.'.startsWith(begun.slice(0, 7))) throw new AnswerMalformed('the answer is no HTTP/1.1');
  if (bareLineFeed.test(begun.slice(Math.max(0, from - 1))))
    throw new AnswerMalformed('a line without CRLF in the head');
}

/**
 * `text`: latin1, without the empty line at its end. `bodiless`: the answer to a HEAD has none whatever it says.
 * @throws AnswerMalformed
 */
export function readAnswerHead(text: string, { bodiless }: { readonly bodiless: boolean }): ReadHead {
  const [first = '', ...lines] = text.split('\r\n');
  const [, minor, digits] = statusLine.exec(first) ?? [];
  if (digits === undefined) throw new AnswerMalformed('the status line is no HTTP/1.1');
  const status = Number(digits);
  const headers = readFields(lines);
  const body = bodiless || status < 200 || status === 204 || status === 304 ? 0 : readFraming(headers, minor === '1');
  const head = {
    status,
    headers,
    contentRange: readContentRange(headers.get('content-range')),
    bodyBytes: typeof body === 'number' ? body : null,
  };
  return { head, body, keepAlive: minor === '1' && body !== 'until_close' && !saysClose(headers) };
}

function readFields(lines: readonly string[]): AnswerHeaders {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    if (!fieldName.test(name)) throw new AnswerMalformed('a header field without a proper name'); // folded lines too (RFC 9112 5.2)
    const value = withoutSpace(line, colon + 1);
    if (forbiddenInValue.test(value)) throw new AnswerMalformed(`a control character in ${name}`);
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

/** Not trim(): in latin1 that would take the last byte of some UTF-8 letters for a space. */
function withoutSpace(line: string, start: number): string {
  let from = start;
  let to = line.length;
  while (from < to && isSpace(line.charCodeAt(from))) from += 1;
  while (to > from && isSpace(line.charCodeAt(to - 1))) to -= 1;
  return line.slice(from, to);
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}

/** RFC 9112 6.3. A repeated Content-Length, joined, is no number any more. */
function readFraming(headers: AnswerHeaders, http11: boolean): number | 'chunked' | 'until_close' {
  const length = headers.get('content-length');
  const coding = headers.get('transfer-encoding');
  if (coding !== undefined) {
    if (length !== undefined) throw new AnswerMalformed('Content-Length beside Transfer-Encoding');
    if (!http11 || coding.toLowerCase() !== 'chunked')
      throw new AnswerMalformed('a Transfer-Encoding other than chunked');
    return 'chunked';
  }
  if (length === undefined) return 'until_close';
  if (!lengthBytes.test(length)) throw new AnswerMalformed('a Content-Length that is no number, or several of them');
  return Number(length);
}

function saysClose(headers: AnswerHeaders): boolean {
  const connection = headers.get('connection');
  return connection !== undefined && /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i.test(connection);
}

/** RFC 9110 14.4. Null as well when it makes no sense. */
function readContentRange(value: string | undefined): AnswerHead['contentRange'] {
  const [, firstText, lastText, totalText] = contentRange.exec(value ?? '') ?? [];
  if (totalText === undefined) return null;
  const first = Number(firstText);
  const last = Number(lastText);
  const total = totalText === '*' ? null : Number(totalText);
  return first > last || (total !== null && last >= total) ? null : { first, last, total };
}
