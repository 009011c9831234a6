import { describe, expect, it } from 'vitest';
import { DueList } from '../../../src/logger/delivery/due-list.ts';
import { type Parcel, parcelOf } from '../../../src/logger/delivery/parcel.ts';
import { logEvent } from '../../support/delivery/log-event.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

const due = (dueMs: number): Parcel => {
  const queued = { event: logEvent(String(dueMs)), bytes: 1, queuedMs: 0, spoolId: null };
  return { ...parcelOf([queued]), dueMs };
};

describe('a due list', () => {
  it('gives out what is due first, whatever came and went in between', () => {
    const random = seededRandom(seed);
    const list = new DueList();
    const inside: number[] = [];
    for (let step = 0; step < 5000; step += 1) {
      if (random() < 0.6) {
        const dueMs = Math.floor(random() * 1000);
        list.add(due(dueMs));
        inside.push(dueMs);
      } else {
        inside.sort((a, b) => a - b);
        expect(list.first?.dueMs).toBe(inside[0]);
        expect(list.takeFirst()?.dueMs).toBe(inside.shift());
      }
    }
    inside.sort((a, b) => a - b);
    for (const dueMs of inside) expect(list.takeFirst()?.dueMs).toBe(dueMs);
    expect(list.takeFirst()).toBeNull();
    expect(list.first).toBeUndefined();
  });

  it('can be told that none should wait any longer, and keeps what was due sooner in front', () => {
    const list = new DueList();
    for (const dueMs of [50, 10, 40, 20, 30]) list.add(due(dueMs));
    list.hasten(25);
    expect([1, 2, 3, 4, 5].map(() => list.takeFirst()?.dueMs)).toEqual([10, 20, 25, 25, 25]);
  });
});
