import { describe, expect, it } from 'vitest';
import { LogMetrics } from '../../../src/log-metrics.ts';
import { attributeOf, sizeOf } from '../../../src/logger/event/log-event.ts';
import { openMemoryQueue } from '../../../src/logger/queue/memory-queue.ts';
import { logEvent } from '../../support/delivery/log-event.ts';

const oneBytes = sizeOf(logEvent('a'));

function open(bounds: { maxBytes?: number; maxEvents?: number } = {}) {
  const metrics = new LogMetrics().sink('http://sink');
  const queue = openMemoryQueue({ maxBytes: 1_000_000, maxEvents: 1000, ...bounds, metrics });
  const dropped = (reason: string) => metrics.drops.get(reason)?.value ?? 0;
  return { queue, metrics, dropped };
}

describe('a queue in memory', () => {
  it('gives events out in the order they came, and counts them until they are ended', () => {
    const { queue, metrics } = open();
    for (const id of ['a', 'b', 'c']) expect(queue.offer(logEvent(id))).toBeNull();
    expect([queue.depth, queue.bytes, metrics.queuedBytes.value]).toEqual([3, 3 * oneBytes, 3 * oneBytes]);
    const taken = [queue.take(), queue.take(), queue.take()];
    expect(taken.map((queued) => attributeOf(queued!.event, 'id'))).toEqual(['a', 'b', 'c']);
    expect(queue.take()).toBeUndefined();
    expect([queue.depth, queue.bytes]).toEqual([3, 3 * oneBytes]);
    queue.end(taken[1]!, 'delivered');
    expect([queue.depth, queue.bytes, metrics.queuedBytes.value]).toEqual([2, 2 * oneBytes, 2 * oneBytes]);
    expect(metrics.totals).toEqual({ received: 3, delivered: 1, deadLettered: 0, dropped: 0 });
  });

  it('counts an ending once, however often it is told', () => {
    const { queue, metrics } = open();
    queue.offer(logEvent('a'));
    const taken = queue.take()!;
    queue.end(taken, 'delivered');
    queue.end(taken, 'rejected');
    expect(metrics.totals).toEqual({ received: 1, delivered: 1, deadLettered: 0, dropped: 0 });
    expect([queue.depth, queue.bytes]).toEqual([0, 0]);
  });

  it('drops the newest when it is full by bytes, those being delivered included', () => {
    const { queue, dropped } = open({ maxBytes: 2 * oneBytes });
    queue.offer(logEvent('a'));
    const taken = queue.take()!;
    queue.offer(logEvent('b'));
    queue.offer(logEvent('c'));
    expect(dropped('queue_full')).toBe(1);
    queue.end(taken, 'delivered');
    queue.offer(logEvent('d'));
    expect(attributeOf(queue.take()!.event, 'id')).toBe('b');
    expect(attributeOf(queue.take()!.event, 'id')).toBe('d');
    expect(dropped('queue_full')).toBe(1);
  });

  it('drops the newest when it is full by count', () => {
    const { queue, dropped, metrics } = open({ maxEvents: 2 });
    for (const id of ['a', 'b', 'c', 'd']) queue.offer(logEvent(id));
    expect(dropped('queue_full')).toBe(2);
    expect(metrics.totals.received).toBe(4);
    expect(metrics.queued.value).toBe(2);
  });

  it('says so when an event alone is larger than it may be', () => {
    const { queue, dropped } = open({ maxBytes: 5000 });
    queue.offer(logEvent('huge', 5000));
    expect(dropped('too_large')).toBe(1);
    expect(queue.depth).toBe(0);
  });

  it('calls its listener when something came, also before there was one', () => {
    const { queue } = open();
    let calls = 0;
    queue.offer(logEvent('a'));
    queue.onReady(() => {
      calls += 1;
    });
    expect(calls).toBe(1);
    queue.offer(logEvent('b'));
    expect(calls).toBe(2);
  });

  it('knows since when the oldest waits, taken or not', () => {
    const { queue } = open();
    expect(queue.oldestMs).toBeNull();
    queue.offer(logEvent('a'));
    queue.offer(logEvent('b'));
    const [a, b] = [queue.take()!, queue.take()!];
    expect(queue.oldestMs).toBe(a.queuedMs);
    queue.end(a, 'delivered');
    expect(queue.oldestMs).toBe(b.queuedMs);
    queue.end(b, 'delivered');
    expect(queue.oldestMs).toBeNull();
  });

  it('keeps the order over many thousand events that come and go', () => {
    const { queue } = open({ maxBytes: 2 ** 30, maxEvents: 20_000 });
    let [offered, expected] = [0, 0];
    for (let round = 0; round < 200; round += 1) {
      for (let i = 0; i < 100; i += 1) queue.offer(logEvent(String(offered++)));
      for (let i = 0; i < 97; i += 1) {
        const taken = queue.take()!;
        expect(attributeOf(taken.event, 'id')).toBe(String(expected++));
        queue.end(taken, 'delivered');
      }
    }
    expect(queue.depth).toBe(offered - expected);
  });

  it('that is closed drops what waits, what is on its way, and what still comes', async () => {
    const { queue, dropped, metrics } = open();
    for (const id of ['a', 'b', 'c']) queue.offer(logEvent(id));
    const taken = queue.take()!;
    expect(await queue.close()).toEqual({ kept: 0, dropped: 3 });
    queue.end(taken, 'delivered');
    queue.offer(logEvent('d'));
    expect(dropped('shutdown')).toBe(4);
    expect([queue.depth, queue.bytes, metrics.queued.value, metrics.queuedBytes.value]).toEqual([0, 0, 0, 0]);
    expect(await queue.close()).toEqual({ kept: 0, dropped: 0 });
  });
});
