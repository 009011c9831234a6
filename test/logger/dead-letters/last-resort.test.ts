import { expect, it } from 'vitest';
import { LogMetrics } from '../../../src/log-metrics.ts';
import { LastResort } from '../../../src/logger/dead-letters/last-resort.ts';
import type { Attempt } from '../../../src/logger/delivery/delivery.ts';
import { openMemoryQueue } from '../../../src/logger/queue/memory-queue.ts';
import { logEvent } from '../../support/delivery/log-event.ts';
import { settled } from '../../support/delivery/test-clock.ts';

const attempt: Attempt = { kind: 'answered', status: 400, retryAfter: null, text: 'no' };

it.each([
  [true, { deadLettered: 1, dropped: 0 }, 0],
  [false, { deadLettered: 0, dropped: 0 }, 1],
])(
  'an event whose grave is ready (%s) only after the sender stopped ends, or stays in its queue',
  async (kept, totals, depth) => {
    const metrics = new LogMetrics().sink('http://sink');
    const queue = openMemoryQueue({ maxBytes: 1e6, maxEvents: 10, metrics });
    let ready: (kept: boolean) => void = () => undefined;
    const bury = () =>
      new Promise<boolean>((resolve) => {
        ready = resolve;
      });
    const deadLetters = { bury, [Symbol.asyncDispose]: settled };
    const last = new LastResort({ source: queue, deadLetters, label: 'http://sink', ended: () => undefined });
    queue.offer(logEvent('a'));
    last.take(queue.take()!, attempt, 'rejected');
    expect(queue.depth).toBe(1);
    last.close();
    ready(kept);
    await settled();
    expect(metrics.totals).toMatchObject(totals);
    expect(queue.depth).toBe(depth);
  },
);
