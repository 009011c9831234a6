import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { planBatches } from '../../src/logger/batch-plan.ts';

const MEBI = 2 ** 20;

function planned(kind: 'http' | 'store', ...argv: string[]) {
  return planBatches(kind, readConfig({ argv: ['--log-url=s3://logs,http://sink', ...argv], env: {} }).logger!);
}

describe('what travels together', () => {
  it('is one event to a sink of http, unless it takes batches', () => {
    expect(planned('http', '--log-batch-size=9')).toMatchObject({ events: 1, lingerMs: 0 });
    expect(planned('http', '--log-format=batched')).toMatchObject({ events: 100, bytes: MEBI, lingerMs: 10 });
  });

  it('is one object to a store', () => {
    expect(planned('store', '--log-batch-size=9')).toMatchObject({ events: 9, bytes: 4 * MEBI, lingerMs: 60_000 });
    expect(planned('store', '--log-batch-interval=0').lingerMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('never fills the queue that it waits in, nor more than a spool reads ahead', () => {
    const queue = ['--log-queue-max-bytes=8Mi', '--log-queue-max-events=40', '--log-batch-size=1000'];
    for (const argv of [queue, [...queue, '--log-format=batched']]) {
      for (const kind of ['http', 'store'] as const) {
        const { events, queuedBytes } = planned(kind, ...argv);
        expect(events).toBeLessThanOrEqual(10);
        expect(queuedBytes).toBe(2 * MEBI);
      }
    }
    expect(planned('store', '--log-spool-dir=/s').queuedBytes).toBe(4 * MEBI);
    expect(planned('store').queuedBytes).toBe(16 * MEBI);
    expect(planned('store', '--log-queue-max-events=1').events).toBe(1);
  });
});
