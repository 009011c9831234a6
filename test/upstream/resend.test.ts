import { describe, expect, it } from 'vitest';
import { ConnectFailure } from '../../src/upstream/http1-failure.ts';
import { type DiedExchange, mayResend } from '../../src/upstream/resend.ts';

/** Bytes on a reused connection that ended before one byte of an answer. */
const stale: DiedExchange = {
  error: new Error('other side closed'),
  givenUp: false,
  sent: true,
  reused: true,
  silent: true,
  repeatable: true,
};

describe('a request whose connection died', () => {
  it('goes again when the connection was stale', () => {
    expect(mayResend(stale)).toBe(true);
  });

  it.each([
    ['on a fresh connection', { reused: false }],
    ['of which some of the answer came', { silent: false }],
    ['whose body streams, or whose repetition is not allowed', { repeatable: false }],
    ['that nobody waits for, or that went twice', { givenUp: true }],
    ['whose connection could not be made', { error: new ConnectFailure(new Error('refused')) }],
  ])('does not go again %s', (_name, change) => {
    expect(mayResend({ ...stale, ...change })).toBe(false);
  });

  it('goes again in any case when nothing of it was written', () => {
    expect(mayResend({ ...stale, sent: false, reused: false, silent: false, repeatable: false })).toBe(true);
  });

  it('does not go again when it cannot be written at all', () => {
    const error = Object.assign(new Error('invalid'), { code: 'UND_ERR_INVALID_ARG' });
    expect(mayResend({ ...stale, sent: false, error })).toBe(false);
  });
});
