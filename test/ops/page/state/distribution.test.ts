import { describe, expect, it } from 'vitest';
import { distributionBetween, quantile } from '../../../../src/ops/page/state/distribution.js';

const bounds = [0.01, 0.1, 1];
const of = (counts: number[]) => ({ bounds, counts, sum: 0, count: counts.reduce((sum, count) => sum + count, 0) });

describe('a quantile', () => {
  it('is interpolated inside its bucket', () => {
    expect(quantile(of([0, 100, 0, 0]), 0.5)).toBeCloseTo(0.055);
    expect(quantile(of([50, 50, 0, 0]), 0.5)).toBeCloseTo(0.01);
    expect(quantile(of([10, 0, 0, 0]), 0.5)).toBeCloseTo(0.005);
    expect(quantile(of([0, 0, 10, 0]), 1)).toBe(1);
  });

  it('skips empty buckets', () => {
    expect(quantile(of([1, 0, 99, 0]), 0.99)).toBeCloseTo(0.1 + 0.9 * (98 / 99));
  });

  it('beyond the last bound is that bound', () => {
    expect(quantile(of([1, 0, 0, 99]), 0.99)).toBe(1);
  });

  it('of nothing is not known', () => {
    expect(quantile(of([0, 0, 0, 0]), 0.5)).toBeNull();
    expect(quantile({ bounds: [], counts: [4], sum: 1, count: 4 }, 0.5)).toBeNull();
  });
});

describe('what came between two looks', () => {
  it('is the difference of each bucket', () => {
    expect(distributionBetween(of([5, 7, 0, 1]), of([5, 3, 0, 0]))).toMatchObject({ counts: [0, 4, 0, 1], count: 5 });
  });

  it('cannot be told when the later one has less, or other buckets', () => {
    expect(distributionBetween(of([1, 0, 0, 0]), of([2, 0, 0, 0]))).toBeNull();
    expect(distributionBetween(of([1, 0, 0, 0]), { bounds: [1], counts: [0, 0], sum: 0, count: 0 })).toBeNull();
  });
});
