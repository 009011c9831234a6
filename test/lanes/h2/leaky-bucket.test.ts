// A bucket lets a burst through, then a rate.
import { expect, it } from 'vitest';
import { LeakyBucket } from '../../../src/lanes/h2/leaky-bucket.ts';

const taken = (bucket: LeakyBucket, tries: number, nowMs: number): number => {
  let count = 0;
  for (let at = 0; at < tries; at++) if (bucket.add(() => nowMs)) count += 1;
  return count;
};

it('takes its burst at once, and no more', () => {
  expect(taken(new LeakyBucket({ burst: 100, perSecond: 10 }), 150, 5e6)).toBe(100);
});

it('takes its rate for ever, also above half', () => {
  const bucket = new LeakyBucket({ burst: 100, perSecond: 10 });
  let refused = 0;
  for (let at = 0; at < 5000; at++) if (!bucket.add(() => at * 100)) refused += 1;
  expect(refused).toBe(0);
});

it('begins anew when it is emptied', () => {
  const bucket = new LeakyBucket({ burst: 100, perSecond: 10 });
  taken(bucket, 100, 0);
  bucket.empty();
  expect(taken(bucket, 150, 0)).toBe(100);
});
