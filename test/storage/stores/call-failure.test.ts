import { describe, expect, it } from 'vitest';
import { StoreCallFailure, toOutriggerError } from '../../../src/storage/stores/call-failure.ts';

describe('a failed call', () => {
  it.each([
    ['storage', null, 'STORE_UNREACHABLE'],
    ['storage', 401, 'STORE_DENIED'],
    ['storage', 403, 'STORE_DENIED'],
    ['storage', 404, 'MODEL_NOT_FOUND'],
    ['storage', 400, 'STORE_FAILED'],
    ['storage', 503, 'STORE_FAILED'],
    ['token', null, 'STORE_UNREACHABLE'],
    ['token', 400, 'STORE_DENIED'],
    ['token', 401, 'STORE_DENIED'],
    ['token', 404, 'STORE_DENIED'],
    ['token', 503, 'STORE_FAILED'],
  ] as const)('of %s with status %s is %s', (of, status, code) => {
    const failure = new StoreCallFailure(of, status);
    const error = toOutriggerError(failure, { place: 'gs://models', remedy: 'set THIS' });
    expect(error).toMatchObject({ code, cause: failure, message: expect.stringContaining('gs://models') });
    expect(error.message.includes('set THIS')).toBe(code === 'STORE_DENIED');
  });

  it.each(['storage', 'token'] as const)('of %s for a certificate is not tried again, and names the remedy', (of) => {
    const failure = new StoreCallFailure(of, null, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(failure.transient).toBe(false);
    const error = toOutriggerError(failure, { place: 'gs://models', remedy: 'set THIS' });
    expect(error).toMatchObject({ code: 'STORE_UNREACHABLE', message: expect.stringContaining('--store-ca-file') });
  });
});
