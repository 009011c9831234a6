import { describe, expect, it } from 'vitest';
import { LogMetrics } from '../../../src/log-metrics.ts';
import { FreshParcels } from '../../../src/logger/delivery/fresh-parcels.ts';
import { type Parcel, parcelOf } from '../../../src/logger/delivery/parcel.ts';
import { ParcelTurns } from '../../../src/logger/delivery/parcel-turns.ts';
import { attributeOf } from '../../../src/logger/event/log-event.ts';
import { openMemoryQueue } from '../../../src/logger/queue/memory-queue.ts';
import { logEvent } from '../../support/delivery/log-event.ts';

function open(workers: number, together = false) {
  const metrics = new LogMetrics().sink('http://sink');
  const queue = openMemoryQueue({ maxBytes: 2 ** 26, maxEvents: 1000, metrics });
  const fresh = new FreshParcels(queue, { events: 1, bytes: 1000, queuedBytes: 2000, lingerMs: 0 });
  const next = new ParcelTurns(fresh, { workers, together });
  const offer = (...ids: string[]) => {
    for (const id of ids) queue.offer(logEvent(id));
  };
  const failed = (ids: string, change: Partial<Parcel> = {}) => {
    const events = [...ids].map((id) => ({ event: logEvent(id), bytes: 1, queuedMs: 0, spoolId: null }));
    next.postpone({ ...parcelOf(events), failures: 1, ...change });
  };
  return { next, offer, failed };
}

const idsOf = (parcel: Parcel | null) => parcel?.events.map(({ event }) => attributeOf(event, 'id')).join('') ?? null;

describe('the next parcel', () => {
  it('is by turns one that failed, a fresh one and a suspect', () => {
    const { next, offer, failed } = open(10);
    offer(...'abc');
    for (const id of 'def') failed(id);
    for (const id of 'xyz') failed(id, { strikes: 1 });
    const order = Array.from({ length: 10 }, () => idsOf(next.take(0, false)));
    expect(
      order.map((id) => (id === null ? '' : 'abc'.includes(id) ? 'fresh' : 'def'.includes(id) ? 'failed' : 'suspect')),
    ).toEqual([...Array.from({ length: 3 }, () => ['failed', 'fresh', 'suspect']).flat(), '']);
  });

  it('is a suspect only while others have half of the workers', () => {
    const { next, failed } = open(4);
    for (const id of 'xyz') failed(id, { strikes: 1 });
    const [first, second] = [next.take(0, false)!, null];
    expect(next.sent(first)).toBe(true);
    const other = next.take(0, false)!;
    next.sent(other);
    expect([next.take(0, false), next.readyMs, second]).toEqual([null, null, null]);
    next.suspectAnswered();
    expect(next.readyMs).toBe(0);
    expect(next.take(0, false)).not.toBeNull();
  });

  it('is nothing before its time', () => {
    const { next, failed } = open(4);
    expect(next.readyMs).toBeNull();
    failed('a', { dueMs: 20 });
    failed('x', { dueMs: 10, strikes: 1 });
    expect([next.take(9, false), next.readyMs]).toEqual([null, 10]);
    expect([idsOf(next.take(10, false)), next.take(10, false), next.readyMs]).toEqual(['x', null, 20]);
    next.hasten(15);
    expect(idsOf(next.take(15, false))).toBe('a');
  });
});

describe('the next probe', () => {
  it('is one event, due or not, and the rest of its parcel waits on', () => {
    const { next, failed } = open(4);
    failed('abc', { dueMs: 1e9 });
    expect([idsOf(next.takeProbe()), idsOf(next.take(1e9, false))]).toEqual(['a', 'bc']);
  });

  it('is the last one again only if there is no other', () => {
    const { next, failed, offer } = open(4);
    failed('a');
    const probe = next.takeProbe()!;
    next.postpone(probe);
    expect(idsOf(next.takeProbe())).toBe('a');
    next.postpone(probe);
    offer('b');
    expect(idsOf(next.takeProbe())).toBe('b');
    failed('x', { strikes: 1 });
    expect([next.takeProbe(), next.takeProbe(), next.takeProbe()].map(idsOf).sort()).toEqual(['a', 'x', null].sort());
    failed('c', { dueMs: 1 });
    failed('d', { dueMs: 2 });
    const first = next.takeProbe()!;
    expect(idsOf(first)).toBe('c');
    next.postpone(first); // it would be due first again
    expect([next.takeProbe(), next.takeProbe(), next.takeProbe()].map(idsOf)).toEqual(['d', 'c', null]);
  });
});
