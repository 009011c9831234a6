import { describe, expect, it } from 'vitest';
import { LogMetrics } from '../../../src/log-metrics.ts';
import { type BatchBounds, FreshParcels } from '../../../src/logger/delivery/fresh-parcels.ts';
import type { Parcel } from '../../../src/logger/delivery/parcel.ts';
import { attributeOf } from '../../../src/logger/event/log-event.ts';
import { openMemoryQueue } from '../../../src/logger/queue/memory-queue.ts';
import { logEvent } from '../../support/delivery/log-event.ts';

function open(bounds: Partial<BatchBounds> = {}) {
  const metrics = new LogMetrics().sink('http://sink');
  const queue = openMemoryQueue({ maxBytes: 2 ** 26, maxEvents: 1000, metrics });
  const batch = new FreshParcels(queue, {
    events: 4,
    bytes: 1000,
    queuedBytes: 1_000_000,
    lingerMs: 60_000,
    ...bounds,
  });
  const offer = (...ids: string[]) => {
    for (const id of ids) queue.offer(logEvent(id));
  };
  return { batch, queue, offer };
}

const idsOf = (parcel: Parcel | null) => parcel?.events.map(({ event }) => attributeOf(event, 'id')).join('') ?? null;

describe('the next batch', () => {
  it('goes when it is full, else after a while, else when nobody has time', () => {
    const { batch, offer } = open();
    const nowMs = performance.now();
    expect([batch.take(nowMs, true), batch.readyMs]).toEqual([null, Number.POSITIVE_INFINITY]);
    offer(...'abcdef');
    expect(idsOf(batch.take(nowMs, false))).toBe('abcd');
    expect(batch.take(nowMs, false)).toBeNull();
    const { readyMs } = batch;
    expect(readyMs).toBeGreaterThanOrEqual(nowMs + 60_000);
    expect(batch.take(readyMs - 1, false)).toBeNull();
    expect(idsOf(batch.take(readyMs, false))).toBe('ef');
    offer('g');
    expect(idsOf(batch.take(nowMs, true))).toBe('g');
    expect(batch.readyMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('of one event each never waits', () => {
    const { batch, offer } = open({ events: 1, lingerMs: 0 });
    offer(...'abc');
    expect([1, 2, 3, 4].map(() => idsOf(batch.take(performance.now(), false)))).toEqual(['a', 'b', 'c', null]);
  });

  it('ends where the next event has no room, which begins another', () => {
    const { batch, queue } = open();
    for (const [id, bytes] of Object.entries({ a: 400, b: 600, c: 1, d: 1000, e: 5000, f: 0 })) {
      queue.offer(logEvent(id, bytes));
    }
    const nowMs = performance.now();
    expect([1, 2, 3, 4, 5].map(() => idsOf(batch.take(nowMs, true)))).toEqual(['ab', 'c', 'd', 'e', 'f']);
  });

  it('ends before it fills the queue it waits in, whatever else it may have', () => {
    const { batch, queue, offer } = open({
      events: 100,
      bytes: 1_000_000,
      queuedBytes: 3_000,
      lingerMs: Number.POSITIVE_INFINITY,
    });
    offer(...'abcde');
    expect(queue.bytes / 5).toBeGreaterThan(1_000);
    expect([1, 2].map(() => idsOf(batch.take(0, false)))).toEqual(['abc', null]);
    expect(batch.readyMs).toBe(Number.POSITIVE_INFINITY);
    expect(idsOf(batch.take(0, true))).toBe('de');
  });

  it('gives a single event away, also from what it gathered, and counts it no longer', () => {
    const { batch, queue, offer } = open();
    queue.offer(logEvent('a', 900));
    offer('b');
    const nowMs = performance.now();
    expect(batch.take(nowMs, false)).toBeNull();
    expect(idsOf(batch.takeOne())).toBe('a');
    queue.offer(logEvent('c', 900));
    expect(idsOf(batch.take(nowMs, true))).toBe('bc');
    offer('d');
    expect([idsOf(batch.takeOne()), batch.takeOne()]).toEqual(['d', null]);
  });
});
