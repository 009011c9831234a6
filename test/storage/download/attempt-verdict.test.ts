import { describe, expect, it } from 'vitest';
import { judge, lastWord } from '../../../src/storage/download/attempt-verdict.ts';
import type { FetchFailureKind } from '../../../src/storage/http/http-client.ts';

const status = (code: number, text = '', retryAfterMs: number | null = null) =>
  judge({ kind: 'status', status: code, retryAfterMs, text });
const failure = (kind: FetchFailureKind) =>
  judge({ kind: 'failure', failure: { kind, message: 'store:443', cause: null } });

describe('an attempt that failed', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('with %i is repeated', (code) => {
    expect(status(code).kind).toBe('retry');
  });

  it.each([429, 503])('with %i asks for fewer connections', (code) => {
    expect(status(code, 'SlowDown', 3000)).toEqual({ kind: 'retry', afterMs: 3000, slowDown: true });
  });

  it.each([401, 403, 410, 301, 307])('with %i may have an expired credential, address or region', (code) => {
    expect(status(code).kind).toBe('renew');
  });

  it('with 400 ExpiredToken, too', () => {
    expect(status(400, 'ExpiredToken').kind).toBe('renew');
  });

  it.each([404, 412, 416])('with %i means that the object is not what it was', (code) => {
    expect(status(code).kind).toBe('look');
  });

  it.each([400, 405, 409, 451])('with %i is final, and names what the store said', (code) => {
    expect(status(code, 'Nonsense')).toEqual({
      kind: 'final',
      code: 'STORE_FAILED',
      text: `the store answered ${code} Nonsense`,
    });
  });

  it.each(['connect', 'broken', 'stalled', 'protocol'] as const)('as %s is repeated', (kind) => {
    expect(failure(kind).kind).toBe('retry');
  });

  it('at the address rule is final', () => {
    expect(failure('refused')).toMatchObject({ kind: 'final', code: 'ADDRESS_REFUSED' });
  });

  it('at a certificate is final', () => {
    const cause = Object.assign(new Error('self-signed'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    const distrusted = { kind: 'connect', message: 'self-signed', cause } as const;
    expect(judge({ kind: 'failure', failure: distrusted })).toMatchObject({ kind: 'final', code: 'STORE_UNREACHABLE' });
  });

  it('for the last time says what was in the way', () => {
    expect(lastWord({ kind: 'status', status: 403, retryAfterMs: null, text: 'AccessDenied' }).code).toBe(
      'STORE_DENIED',
    );
    expect(lastWord({ kind: 'status', status: 503, retryAfterMs: null, text: '' }).code).toBe('STORE_FAILED');
    const stalled = {
      kind: 'failure',
      failure: { kind: 'stalled', message: 'no byte for 30 s', cause: null },
    } as const;
    expect(lastWord(stalled)).toEqual({ code: 'STORE_UNREACHABLE', text: 'no byte for 30 s' });
  });
});
