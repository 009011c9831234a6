// What does the head of a sink's answer say: the status, how long the body is, and whether the connection outlives it (RFC 9112)?

export interface AnswerHead {
  readonly status: number; // 100 to 999
  readonly body: number | 'chunked' | 'until_close'; // bytes
  readonly keepAlive: boolean;
  readonly retryAfter: string | null;
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: .*)?$/;
const closeToken = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i;
const bareLineFeed = /[^\r]\n/;

/**
 * May `begun`, which has no end yet, still become a head? Garbage is told at once, not when the time is over.
 * `from`: up to there it was asked before.
 */
export function mayBecomeHead(begun: string, from: number): boolean {
  return 'HTTP/1.'.startsWith(begun.slice(0, 7)) && !bareLineFeed.test(begun.slice(Math.max(0, from - 1)));
}

/** `head`: latin1, with the empty line at its end. null: this is no HTTP/1.1. */
export function readAnswerHead(head: string): AnswerHead | null {
  let lineEnd = head.indexOf('\r\n');
  const [, minor, status] = statusLine.exec(head.slice(0, lineEnd)) ?? [];
  if (status === undefined) return null;
  const fields: Fields = { lengthBytes: null, coding: null, close: minor === '0', retryAfter: null };
  for (let at = lineEnd + 2; at < head.length - 2; at = lineEnd + 2) {
    lineEnd = head.indexOf('\n', at) - 1;
    if (head.charCodeAt(lineEnd) !== 13 || !readField(fields, head, { at, lineEnd })) return null;
  }
  return { status: Number(status), ...framing(Number(status), fields), retryAfter: fields.retryAfter };
}

interface Fields {
  lengthBytes: number | null;
  coding: string | null; // the last of Transfer-Encoding
  close: boolean;
  retryAfter: string | null;
}

/** Looks closer only at names that are as long as one of the four that matter. */
function readField(fields: Fields, head: string, { at, lineEnd }: { at: number; lineEnd: number }): boolean {
  const colon = head.indexOf(':', at);
  if (colon <= at || colon > lineEnd) return false;
  const first = head.charCodeAt(at);
  if (first === 32 || first === 9) return false; // a folded line, which nobody may send any more (RFC 9112 5.2)
  const nameLength = colon - at;
  if (nameLength !== 10 && nameLength !== 11 && nameLength !== 14 && nameLength !== 17) return true;
  const value = () => head.slice(colon + 1, lineEnd).trim();
  switch (head.slice(at, colon).toLowerCase()) {
    case 'connection':
      fields.close ||= closeToken.test(value());
      return true;
    case 'retry-after':
      fields.retryAfter ??= value();
      return true;
    case 'content-length':
      return readLength(fields, value());
    case 'transfer-encoding':
      fields.coding = value().split(',').at(-1)!.trim().toLowerCase();
      return true;
    default:
      return true;
  }
}

/** Twice the same length is odd, but clear; two lengths are not. */
function readLength(fields: Fields, value: string): boolean {
  if (!/^\d{1,15}$/.test(value)) return false;
  const lengthBytes = Number(value);
  if (fields.lengthBytes !== null && fields.lengthBytes !== lengthBytes) return false;
  fields.lengthBytes = lengthBytes;
  return true;
}

/** RFC 9112 6.3. A length beside a coding says nothing, and the connection is not to be trusted after it. */
function framing(status: number, { lengthBytes, coding, close }: Fields): Pick<AnswerHead, 'body' | 'keepAlive'> {
  if (status < 200 || status === 204 || status === 304) return { body: 0, keepAlive: !close };
  if (coding === 'chunked') return { body: 'chunked', keepAlive: !close && lengthBytes === null };
  if (coding !== null || lengthBytes === null) return { body: 'until_close', keepAlive: false };
  return { body: lengthBytes, keepAlive: !close };
}
