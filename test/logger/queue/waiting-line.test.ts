import { expect, it } from 'vitest';
import { WaitingLine } from '../../../src/logger/queue/waiting-line.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

it('everyone leaves in the order of arrival, however many come and go in between', () => {
  const random = seededRandom(seed);
  const line = new WaitingLine<{ readonly nth: number }>();
  let [came, left] = [0, 0];
  for (let step = 0; step < 20_000; step += 1) {
    // It grows for a while, then it shrinks.
    if (random() < (step < 12_000 ? 0.7 : 0.1)) line.push({ nth: came++ });
    else if (line.length === 0) expect(line.shift()).toBeUndefined();
    else {
      expect(line.first).toEqual({ nth: left });
      expect(line.shift()).toEqual({ nth: left++ });
    }
    expect(line.length).toBe(came - left);
  }
  expect(came).toBeGreaterThan(5000);
});

it('all who wait leave at once, in their order, and others may come', () => {
  const line = new WaitingLine<{ readonly name: string }>();
  for (const name of 'abcd') line.push({ name });
  line.shift();
  expect(line.takeAll().map(({ name }) => name)).toEqual(['b', 'c', 'd']);
  expect([line.length, line.first, line.shift(), line.takeAll()]).toEqual([0, undefined, undefined, []]);
  line.push({ name: 'e' });
  expect(line.shift()).toEqual({ name: 'e' });
});
