import { describe, expect, it } from 'vitest';
import { backoffMs, isDistrust, isPassingStatus, readRetryAfterMs } from '../../../src/storage/http/retry-rules.ts';

it.each([
  [408, true],
  [425, true],
  [429, true],
  [500, true],
  [503, true],
  [200, false],
  [400, false],
  [404, false],
  [412, false],
  [416, false],
])('an answer of %i may be a better one in a moment: %s', (status, passing) => {
  expect(isPassingStatus(status)).toBe(passing);
});

it.each([
  ['SELF_SIGNED_CERT_IN_CHAIN', true],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', true],
  ['CERT_HAS_EXPIRED', true],
  ['ERR_TLS_CERT_ALTNAME_INVALID', true],
  ['ECONNREFUSED', false],
  ['ENOTFOUND', false],
  ['', false],
])('a connection that failed with %s is one that is not trusted: %s', (code, distrust) => {
  expect(isDistrust(code)).toBe(distrust);
});

describe('the wait before the next attempt', () => {
  it('grows, has jitter, and never exceeds its cap', () => {
    expect(backoffMs(1, 20_000, () => 1)).toBe(200);
    expect(backoffMs(3, 20_000, () => 0.5)).toBe(400);
    expect(backoffMs(500, 20_000, () => 1)).toBe(20_000);
  });

  it.each([
    ['7', 7000],
    ['Sat, 21 Nov 2026 00:00:10 GMT', 10_000],
    ['Sat, 21 Nov 2020 00:00:10 GMT', 0],
    ['soon', null],
    ['-1', null],
    [undefined, null],
  ])('reads Retry-After %j as %j ms', (value, expected) => {
    expect(readRetryAfterMs(value, Date.parse('2026-11-21T00:00:00Z'))).toBe(expected);
  });
});
