// One order has one limit over all its calls and waits, and ends with the reason of whoever calls it off.
import { expect, it } from 'vitest';
import { Patience } from '../../../src/puller/runtime/patience.ts';

const never = new AbortController().signal;

it('looks again until something is found', async () => {
  let looks = 0;
  const found = await new Patience(60_000, never).until(async () => {
    looks += 1;
    return looks === 3 ? 'found' : null;
  });
  expect([found, looks]).toEqual(['found', 3]);
});

it('even with no time left it looks once, and then says that nothing was found', async () => {
  let looks = 0;
  const patience = new Patience(0, never);
  const found = await patience.until(async () => {
    looks += 1;
    return null;
  });
  expect([found, looks, patience.over, patience.leftMs]).toEqual([null, 1, true, 1]);
});

it('a wait that is called off ends with the reason', async () => {
  const controller = new AbortController();
  const waiting = new Patience(60_000, controller.signal).until(async () => {
    controller.abort(new Error('called off'));
    return null;
  });
  await expect(waiting).rejects.toThrow('called off');
});

it('a look that fails ends the wait with what it threw', async () => {
  const waiting = new Patience(60_000, never).until(() => Promise.reject(new Error('away')));
  await expect(waiting).rejects.toThrow('away');
});
