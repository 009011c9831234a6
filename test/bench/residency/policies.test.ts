// The policies that the agent is compared with: do they do what their papers say?
import { describe, expect, it } from 'vitest';
import { AGENT, BEST, LRU, POLICIES } from '../../../bench/residency/policies.ts';
import { everyWorkload, MODELS, type Workload } from '../../../bench/residency/workload.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

/** Of models of one byte. */
function workloadOf(requests: readonly number[], maxBytes: number): Workload {
  const sizes = new Float64Array(MODELS).fill(1);
  return { name: 'by hand', requests: Uint16Array.from(requests), sizes, maxBytes, warmUp: 0 };
}

function hits(policy: string, requests: readonly number[], maxBytes = 2): number {
  const { hitRate } = POLICIES.get(policy)!(workloadOf(requests, maxBytes));
  return Math.round(hitRate * requests.length);
}

const names = [...POLICIES.keys()];
const range = (length: number, from = 0) => Array.from({ length }, (_, at) => from + at);

describe('each policy', () => {
  it.each(names)('%s hits whatever is there, and nothing that is not', (policy) => {
    expect(hits(policy, [1, 1, 2, 2, 1], 4)).toBe(3);
    expect(hits(policy, range(50))).toBe(0);
    expect(hits(policy, [...range(20), ...range(20)], 20)).toBe(20);
  });

  it.each(names)('%s never hits more often than is possible', (policy) => {
    for (const workload of everyWorkload(seededRandom(seed), 1_000)) {
      if (workload.name.startsWith('unequal')) continue; // there the best is not known
      const best = POLICIES.get(BEST)!(workload).hitRate;
      expect(POLICIES.get(policy)!(workload).hitRate).toBeLessThanOrEqual(best);
    }
  });
});

describe('who goes', () => {
  it('by LRU is who was asked for longest ago', () => {
    expect(hits(LRU, [1, 2, 1, 3, 1, 2])).toBe(2);
  });

  it('by LFU is who was asked for least', () => {
    expect(hits('LFU', [1, 1, 1, 2, 3, 2, 3, 1])).toBe(3);
  });

  it('by LRU-2 is whose last request but one is longest ago', () => {
    expect(hits('LRU-2', [1, 1, 2, 3, 4, 1])).toBe(2);
    expect(hits(LRU, [1, 1, 2, 3, 4, 1])).toBe(1);
  });

  it('by Belady is who is asked for again last', () => {
    expect(hits(BEST, [1, 2, 3, 1, 4, 1, 2])).toBe(2);
  });

  it.each(['SLRU', 'LRU-2', 'LFU', AGENT])('by %s is none of the hot ones during a scan', (policy) => {
    const hot = [...range(5), ...range(5), ...range(5)];
    expect(hits(policy, [...hot, ...range(50, 100), ...range(5)], 10)).toBe(15);
    expect(hits(LRU, [...hot, ...range(50, 100), ...range(5)], 10)).toBe(10);
  });

  it('by 2Q and S3-FIFO is none of those during a scan that had come back soon after they went', () => {
    const hot = range(4);
    const before = [...hot, ...range(17, 50), ...hot, ...hot, ...hot]; // gone, remembered, back
    for (const policy of ['2Q', 'S3-FIFO']) {
      const without = hits(policy, [...before, ...range(50, 100)], 20);
      expect(hits(policy, [...before, ...range(50, 100), ...hot], 20) - without).toBe(4);
    }
  });

  it('by GDSF and by the agent is the large one of two that are asked for equally often', () => {
    const sizes = new Float64Array(MODELS).fill(1);
    sizes[9] = 8;
    const requests = Uint16Array.from([9, 1, 9, 1, 2, 3, 1]);
    for (const policy of ['GDSF', AGENT]) {
      const { hitRate } = POLICIES.get(policy)!({ ...workloadOf([], 10), requests, sizes });
      expect(Math.round(hitRate * requests.length)).toBe(3);
    }
  });
});

describe('a workload', () => {
  it('is the same for the same seed', () => {
    const [one, two] = [0, 0].map(() => everyWorkload(seededRandom(seed), 2_000));
    expect(one).toEqual(two);
  });

  it('asks for models that there are, and has room for a tenth of their bytes', () => {
    for (const { requests, sizes, maxBytes } of everyWorkload(seededRandom(seed), 2_000)) {
      expect(Math.max(...requests)).toBeLessThan(MODELS);
      expect(maxBytes / sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeCloseTo(0.1, 6);
    }
  });
});
