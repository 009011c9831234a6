// Who has to go for room: tables and the promise that nobody goes in vain.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byLeastUse, type Candidate, planVictims } from '../../../src/puller/budget/victims.ts';
import { seed } from '../../support/seed.ts';

type Row = readonly [name: string, bytes: number, use: number];

function victimsOf(rows: readonly Row[], neededBytes: number): string[] {
  const candidates = rows.map(([name, bytes, use]) => ({ name, bytes, use }));
  return planVictims(byLeastUse(candidates), neededBytes).map(({ name }) => name);
}

describe('who goes', () => {
  it.each<[what: string, rows: readonly Row[], neededBytes: number, victims: readonly string[]]>([
    ['nobody for nothing', [['a', 5, 0]], 0, []],
    [
      'the least used of equals',
      [
        ['a', 5, 3],
        ['b', 5, 1],
        ['c', 5, 2],
      ],
      5,
      ['b'],
    ],
    [
      'as many as it takes',
      [
        ['a', 5, 3],
        ['b', 5, 1],
        ['c', 5, 2],
      ],
      6,
      ['b', 'c'],
    ],
    [
      'by use per byte, not by use',
      [
        ['small', 1, 2],
        ['large', 10, 5],
      ],
      1,
      ['large'],
    ],
    [
      'only the large one when it is enough alone',
      [
        ['a', 1, 0],
        ['b', 2, 1],
        ['c', 9, 9],
      ],
      9,
      ['c'],
    ],
    [
      'of small ones the most used stays first',
      [
        ['a', 2, 0],
        ['b', 2, 1],
        ['c', 3, 9],
      ],
      5,
      ['a', 'c'],
    ],
    [
      'all when they are not enough',
      [
        ['a', 5, 3],
        ['b', 5, 1],
      ],
      11,
      ['b', 'a'],
    ],
    [
      'the first of equals, in their order',
      [
        ['a', 5, 0],
        ['b', 5, 0],
      ],
      5,
      ['a'],
    ],
  ])('%s', (_, rows, neededBytes, victims) => {
    expect(victimsOf(rows, neededBytes)).toEqual(victims);
  });

  it('is enough when there is enough, and none of them could stay', () => {
    const candidate = fc.record({ bytes: fc.integer({ min: 1, max: 80 }), use: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(candidate, { maxLength: 12 }), fc.integer({ min: 1, max: 300 }), (drawn, neededBytes) => {
        const candidates: Candidate[] = drawn.map((each, at) => ({ name: String(at), ...each }));
        const victims = planVictims(byLeastUse(candidates), neededBytes);
        const sum = (of: readonly Candidate[]) => of.reduce((bytes, each) => bytes + each.bytes, 0);
        if (sum(candidates) < neededBytes) expect(victims).toHaveLength(candidates.length);
        else expect(sum(victims)).toBeGreaterThanOrEqual(neededBytes);
        for (const each of victims) expect(sum(victims) - each.bytes).toBeLessThan(neededBytes);
        expect(new Set(victims).size).toBe(victims.length);
      }),
      { seed },
    );
  });
});
