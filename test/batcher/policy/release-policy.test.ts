import { describe, expect, it } from 'vitest';
import { fits } from '../../../src/batcher/policy/release-policy.ts';

const batch = { taken: 4, next: 2, maxRows: 8, targetRows: 8 };

describe('a request', () => {
  it('joins a batch up to its cap', () => {
    expect(fits({ ...batch, next: 4 })).toBe(true);
    expect(fits({ ...batch, next: 5 })).toBe(false);
  });

  it('joins a batch if that brings it nearer to its target, or as near', () => {
    expect(fits({ ...batch, targetRows: 5 })).toBe(true);
    expect(fits({ ...batch, targetRows: 5, next: 3 })).toBe(false);
    expect(fits({ ...batch, targetRows: 4, next: 1 })).toBe(false);
  });

  it('at the head of the queue always goes, whatever its rows', () => {
    expect(fits({ taken: 0, next: 9, maxRows: 8, targetRows: 1 })).toBe(true);
    expect(fits({ taken: 9, next: 1, maxRows: 8, targetRows: 8 })).toBe(false);
  });
});
