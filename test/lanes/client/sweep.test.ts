import { expect, it } from 'vitest';
import { planSweep, Sweep } from '../../../src/lanes/client/sweep.ts';

it('looks every second, or twice within the shortest limit; 0 is no limit', () => {
  expect(planSweep([60_000, 120_000])).toBe(1000);
  expect(planSweep([60_000, 500])).toBe(250);
  expect(planSweep([0, 1])).toBe(10);
  expect(planSweep([0, 0])).toBe(1000);
});

it('looks at those it watches, and at nobody any more who left', async () => {
  const sweep = new Sweep(10);
  const seen: string[] = [];
  const swept = (name: string) => ({ sweep: () => void seen.push(name) });
  const [gone, stays] = [swept('gone'), swept('stays')];
  sweep.add(gone);
  sweep.add(stays);
  sweep.delete(gone);
  await expect.poll(() => seen.length).toBeGreaterThan(1);
  expect(new Set(seen)).toEqual(new Set(['stays']));
  sweep.delete(stays);
  expect([...sweep.watched]).toEqual([]);
});
