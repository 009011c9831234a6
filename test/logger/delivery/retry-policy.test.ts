import { describe, expect, it } from 'vitest';
import type { Attempt, FailureCode } from '../../../src/logger/delivery/delivery.ts';
import { judge, readRetryAfter } from '../../../src/logger/delivery/retry-policy.ts';

const wallMs = Date.UTC(2026, 10, 21, 18, 30, 0);
const judging = { wallMs, maxAfterMs: 60_000 };

function answered(status: number, retryAfter: string | null = null): Attempt {
  return { kind: 'answered', status, retryAfter, text: '' };
}

describe('an answer', () => {
  it.each([200, 201, 202, 204, 207, 299])('%i is a delivery', (status) => {
    expect(judge(answered(status), judging)).toEqual({ kind: 'delivered' });
  });

  it.each([404, 408, 409, 429, 500, 501, 502, 503, 504, 599])('%i is tried again', (status) => {
    expect(judge(answered(status), judging)).toMatchObject({ kind: 'retry', afterMs: null });
  });

  it.each([101, 300, 301, 302, 303, 307, 308, 400, 401, 403, 405, 410, 413, 415, 418, 422, 451, 600])(
    '%i is final',
    (status) => {
      expect(judge(answered(status, '5'), judging)).toEqual({ kind: 'rejected' });
    },
  );
});

it('events of which no object can be made are not tried again', () => {
  expect(judge({ kind: 'unfit', message: 'too large' }, judging)).toEqual({ kind: 'rejected' });
});

it.each<FailureCode>([
  'refused',
  'reset',
  'timeout',
  'dns',
  'tls',
  'protocol',
  'unreachable',
  'closed',
  'store',
  'marshaller',
  'thread',
])('no answer, as %s, is tried again', (code) => {
  const verdict = judge({ kind: 'failed', code, message: '' }, judging);
  expect(verdict).toEqual({ kind: 'retry', afterMs: null, throttled: false });
});

describe('Retry-After', () => {
  it.each([
    ['7', 7000],
    [' 7 ', 7000],
    ['60', 60_000],
    ['61', 60_000],
    ['99999999999999999999', 60_000],
    ['Sat, 21 Nov 2026 18:30:05 GMT', 5000],
    ['Saturday, 21-Nov-26 18:30:05 GMT', 5000],
    ['Fri, 31 Dec 2066 23:59:59 GMT', 60_000],
  ])('%j is obeyed, and capped', (value, afterMs) => {
    expect(readRetryAfter(value, judging)).toBe(afterMs);
  });

  it.each([
    null,
    '',
    '0',
    '-5',
    '+5',
    '5.5',
    '1e3',
    '0x10',
    'soon',
    'Sat, 21 Nov 2026 18:29:59 GMT',
    'Sat, 99 Nov 2026 18:30:05 GMT',
    '2026-11-21T19:00:00Z',
    'Sat, 21 Nov 2026 18:30:05 PST',
  ])('%j is ignored', (value) => {
    expect(readRetryAfter(value, judging)).toBeNull();
  });

  it('is for all events when it comes with 429 or 503', () => {
    expect(judge(answered(429, '3'), judging)).toEqual({ kind: 'retry', afterMs: 3000, throttled: true });
    expect(judge(answered(503, '3'), judging)).toEqual({ kind: 'retry', afterMs: 3000, throttled: true });
    expect(judge(answered(500, '3'), judging)).toEqual({ kind: 'retry', afterMs: 3000, throttled: false });
    expect(judge(answered(503), judging)).toEqual({ kind: 'retry', afterMs: null, throttled: false });
    expect(judge(answered(429), judging)).toEqual({ kind: 'retry', afterMs: null, throttled: true });
  });
});
