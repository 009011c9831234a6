import { describe, expect, it } from 'vitest';
import { StoreCallFailure } from '../../../src/storage/stores/call-failure.ts';
import { withRetries } from '../../../src/storage/stores/call-retries.ts';
import { storeSettings } from '../../support/stores/store-settings.ts';

const { transfer } = storeSettings; // three attempts
const never = new AbortController().signal;

/** Fails with one after the other, then answers. */
async function attemptsOf(failures: readonly Error[]): Promise<[attempts: number, outcome: unknown]> {
  let attempts = 0;
  const outcome = await withRetries({ transfer, signal: never }, async () => {
    const failure = failures[attempts++];
    if (failure !== undefined) throw failure;
    return 'answer';
  }).catch((error: unknown) => error);
  return [attempts, outcome];
}

const storage = (status: number | null) => new StoreCallFailure('storage', status);

describe('a failed call', () => {
  it.each([null, 408, 429, 500, 502, 503, 504])('with status %s is tried again', async (status) => {
    expect(await attemptsOf([storage(status), storage(status)])).toEqual([3, 'answer']);
  });

  it.each([400, 401, 403, 404, 409, 412])('with status %s is not', async (status) => {
    expect(await attemptsOf([storage(status)])).toEqual([1, expect.objectContaining({ status })]);
  });

  it('is not tried without end', async () => {
    expect(await attemptsOf(Array.from({ length: 9 }, () => storage(503)))).toEqual([3, expect.any(StoreCallFailure)]);
  });

  it('of our own is not tried again', async () => {
    expect(await attemptsOf([new TypeError('a fault')])).toEqual([1, expect.any(TypeError)]);
  });

  it('is over when nobody answers in time', async () => {
    let attempts = 0;
    const hanging = withRetries({ transfer: { ...transfer, idleTimeoutMs: 1 }, signal: never }, (limited) => {
      attempts++;
      return new Promise((_, reject) => limited.addEventListener('abort', () => reject(limited.reason)));
    });
    await expect(hanging).rejects.toMatchObject({ name: 'StoreCallFailure', status: null });
    expect(attempts).toBe(3);
  });

  it('ends with the pull, for its reason', async () => {
    const pull = new AbortController();
    const cut = withRetries({ transfer, signal: pull.signal }, async () => {
      pull.abort(new Error('enough'));
      throw storage(503);
    });
    await expect(cut).rejects.toThrow('enough');
  });
});
