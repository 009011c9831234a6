// Work that ends in time is waited for; work that does not holds nobody up.
import { expect, it } from 'vitest';
import { atMost } from '../src/at-most.ts';

const never = new Promise<void>(() => undefined);

it('who waits goes on when the work is done, long before time is over', async () => {
  const work = Promise.withResolvers<void>();
  let isOver = false;
  const waited = atMost(60_000, work.promise).then(() => {
    isOver = true;
  });
  await new Promise(setImmediate);
  expect(isOver).toBe(false);
  work.resolve();
  await waited;
});

it('who waits goes on when time is over, whatever becomes of the work', async () => {
  await expect(atMost(1, never)).resolves.toBeUndefined();
});

it('work that fails in time fails for who waits', async () => {
  await expect(atMost(60_000, Promise.reject(new Error('no')))).rejects.toThrow('no');
});
