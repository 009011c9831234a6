// What an attempt that did not bring all its bytes means: try again, ask for fresh credentials, start over, or give up.
import type { ErrorCode } from '../../errors.ts';
import type { FetchFailure } from '../http/http-client.ts';
import { isDistrust, isPassingStatus } from '../http/retry-rules.ts';

/** `text`: the store's own word for it, such as SlowDown; may be empty. */
export type Setback =
  | { readonly kind: 'failure'; readonly failure: FetchFailure }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterMs: number | null; readonly text: string }
  /** A head that does not fit the object: another size or version. */
  | { readonly kind: 'differs'; readonly text: string }
  /** The whole object where a range was asked for. */
  | { readonly kind: 'no-ranges' }
  /** The server did not say how long it is, and it is longer than a file may be. */
  | { readonly kind: 'too-large'; readonly maxBytes: number };

export type Verdict =
  | { readonly kind: 'retry'; readonly afterMs: number | null; readonly slowDown: boolean }
  /** Credentials or a signed URL may have expired. */
  | { readonly kind: 'renew' }
  /** The object is not what it was, or gone: look at it again. */
  | { readonly kind: 'look' }
  /** The store serves no ranges: one stream from the beginning. */
  | { readonly kind: 'whole' }
  | { readonly kind: 'final'; readonly code: ErrorCode; readonly text: string };

export function judge(setback: Setback): Verdict {
  switch (setback.kind) {
    case 'failure':
      return judgeFailure(setback.failure);
    case 'status':
      return judgeStatus(setback);
    case 'differs':
      return { kind: 'look' };
    case 'no-ranges':
      return { kind: 'whole' };
    case 'too-large':
      return { kind: 'final', ...lastWord(setback) };
  }
}

function judgeFailure({ kind, message, cause }: FetchFailure): Verdict {
  if (kind === 'refused') return { kind: 'final', code: 'ADDRESS_REFUSED', text: message };
  const { code = '' } = (cause ?? {}) as NodeJS.ErrnoException;
  if (kind === 'connect' && isDistrust(code)) return { kind: 'final', code: 'STORE_UNREACHABLE', text: message };
  return { kind: 'retry', afterMs: null, slowDown: false };
}

function judgeStatus({ status, retryAfterMs, text }: Setback & { kind: 'status' }): Verdict {
  if (status === 404 || status === 412 || status === 416) return { kind: 'look' };
  // S3 says 400 for a session token that has expired, 301 and 307 when a bucket is elsewhere.
  if (status === 401 || status === 403 || status === 410 || (status === 400 && /expired/i.test(text))) {
    return { kind: 'renew' };
  }
  if (status >= 300 && status < 400) return { kind: 'renew' };
  if (isPassingStatus(status)) {
    return { kind: 'retry', afterMs: retryAfterMs, slowDown: status === 429 || status === 503 };
  }
  return { kind: 'final', code: 'STORE_FAILED', text: said(setbackText(status, text)) };
}

/** What a setback is called when no further attempt is made. */
export function lastWord(setback: Setback): { readonly code: ErrorCode; readonly text: string } {
  if (setback.kind === 'failure') {
    const { kind, message } = setback.failure;
    return { code: kind === 'protocol' ? 'STORE_FAILED' : 'STORE_UNREACHABLE', text: message };
  }
  if (setback.kind === 'differs') return { code: 'OBJECT_CHANGED', text: setback.text };
  if (setback.kind === 'no-ranges') return { code: 'STORE_FAILED', text: 'the store ignored the range' };
  if (setback.kind === 'too-large') {
    const text = `it has no stated size, and more than ${setback.maxBytes} bytes came; raise --max-unpacked-bytes`;
    return { code: 'PULL_TOO_LARGE', text };
  }
  const { status, text } = setback;
  const code = status === 401 || status === 403 || status === 410 ? 'STORE_DENIED' : 'STORE_FAILED';
  return { code, text: said(setbackText(status, text)) };
}

function setbackText(status: number, text: string): string {
  return text === '' ? String(status) : `${status} ${text}`;
}

function said(what: string): string {
  return `the store answered ${what}`;
}
