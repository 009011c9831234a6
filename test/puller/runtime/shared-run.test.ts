// Who asks while a run is under way gets the next one, and all who ask meanwhile share it.
import { expect, it } from 'vitest';
import { SharedRun } from '../../../src/puller/runtime/shared-run.ts';

/** A run that lasts until it is let go of; how many were begun. */
function heldRuns(): { run: SharedRun<number>; begun: () => number; end: (error?: Error) => void } {
  let begun = 0;
  let end: (error?: Error) => void = () => undefined;
  const run = new SharedRun(() => {
    begun += 1;
    const nth = begun;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    end = (error) => (error === undefined ? resolve(nth) : reject(error));
    return promise;
  });
  return { run, begun: () => begun, end: (error) => end(error) };
}

it('a hundred at once are one run; those who come later are the next, and never two at a time', async () => {
  const { run, begun, end } = heldRuns();
  const first = Array.from({ length: 100 }, () => run.join());
  await expect.poll(begun).toBe(1);
  const second = Array.from({ length: 100 }, () => run.join());
  await new Promise(setImmediate);
  expect(begun()).toBe(1);
  end();
  expect(new Set(await Promise.all(first))).toEqual(new Set([1]));
  await expect.poll(begun).toBe(2);
  end();
  expect(new Set(await Promise.all(second))).toEqual(new Set([2]));
});

it('a run that fails is told to all who shared it, and the next one is not spoilt', async () => {
  const { run, begun, end } = heldRuns();
  const failing = [run.join(), run.join()].map((joined) => joined.catch((error: Error) => error.message));
  await expect.poll(begun).toBe(1);
  const next = run.join();
  end(new Error('no'));
  expect(await Promise.all(failing)).toEqual(['no', 'no']);
  await expect.poll(begun).toBe(2);
  end();
  expect(await next).toBe(2);
});
