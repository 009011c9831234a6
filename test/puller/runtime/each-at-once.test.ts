// A thousand questions are asked a few at a time, and one that fails ends them.
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { eachAtOnce } from '../../../src/puller/runtime/each-at-once.ts';

const thousand = Array.from({ length: 1000 }, (_, nth) => nth);

it('answers come in the order of the questions, and never more than eight are asked at once', async () => {
  let asked = 0;
  let most = 0;
  const answers = await eachAtOnce(thousand, async (nth) => {
    asked += 1;
    most = Math.max(most, asked);
    if (nth % 3 === 0) await setImmediate();
    asked -= 1;
    return nth * 2;
  });
  expect(answers).toEqual(thousand.map((nth) => nth * 2));
  expect(most).toBe(8);
});

it('after a failure no further question is asked', async () => {
  const asked: number[] = [];
  const answers = eachAtOnce(thousand, async (nth) => {
    asked.push(nth);
    await setImmediate();
    if (nth === 10) throw new Error('away');
  });
  await expect(answers).rejects.toThrow('away');
  await setImmediate();
  expect(asked.length).toBeLessThan(30);
});
