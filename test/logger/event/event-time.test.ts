import { expect, it } from 'vitest';
import { EventTimes } from '../../../src/logger/event/event-time.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

it('writes any moment as Date does, in any order', () => {
  const times = new EventTimes();
  const random = seededRandom(seed);
  const start = Date.UTC(2026, 1, 28, 23, 59, 58);
  for (let n = 0; n < 2000; n += 1) {
    const ms = start + Math.floor(random() * 4000); // over the end of a second, a day and a month
    expect(times.write(ms)).toBe(new Date(ms).toISOString());
  }
});

it.each([0, 1, 9, 10, 99, 100, 999, 1000, -1])('writes %d ms since 1970', (ms) => {
  expect(new EventTimes().write(ms)).toBe(new Date(ms).toISOString());
});

it('leaves parts of a millisecond out', () => {
  expect(new EventTimes().write(1_700_000_000_999.9)).toBe('2023-11-14T22:13:20.999Z');
});
