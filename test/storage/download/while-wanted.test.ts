import { describe, expect, it } from 'vitest';
import { whileWanted } from '../../../src/storage/download/while-wanted.ts';

describe('waiting while it is wanted', () => {
  it('brings what the work brings, and what it throws', async () => {
    const { signal } = new AbortController();
    expect(await whileWanted(Promise.resolve(7), signal)).toBe(7);
    await expect(whileWanted(Promise.reject(new Error('no token')), signal)).rejects.toThrow('no token');
  });

  it('ends at once when nobody wants it any more, and what fails later disturbs nobody', async () => {
    const ending = new AbortController();
    const { promise, reject } = Promise.withResolvers<number>();
    const waiting = whileWanted(promise, ending.signal);
    ending.abort();
    expect(await waiting).toBeNull();
    reject(new Error('too late'));
    expect(await whileWanted(new Promise(() => undefined), ending.signal)).toBeNull();
  });
});
