import { expect, it } from 'vitest';
import { planAnswer } from '../../../src/batcher/answer/answer-plan.ts';

it('every 2xx is split, every other status belongs to all or is asked for again one by one (protocol page 8.6)', () => {
  const reruns: number[] = [];
  for (let status = 200; status < 600; status += 1) {
    const plan = planAnswer(status);
    expect(plan === 'split').toBe(status < 300);
    if (plan === 'rerun') reruns.push(status);
  }
  expect(reruns).toEqual([400, 413, 422, 500]);
});
