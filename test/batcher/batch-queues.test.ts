import { describe, expect, it } from 'vitest';
import type { BatchQueue, FinishedCall } from '../../src/batcher/batch-queue.ts';
import { BatchQueues } from '../../src/batcher/batch-queues.ts';
import { WaitingRoom } from '../../src/batcher/waiting-room.ts';
import { Metrics } from '../../src/metrics.ts';
import { type InferencePath, readInferencePath } from '../../src/v2/infer-path.ts';
import { batcherConfig, inferMember } from '../support/members.ts';

function open(policy: 'window' | 'adaptive' = 'window') {
  const metrics = new Metrics();
  const room = new WaitingRoom(batcherConfig, metrics);
  const sent: { readonly rows: number; finish(ok?: boolean): Promise<unknown> }[] = [];
  const queues = new BatchQueues({
    config: { ...batcherConfig, policy },
    metrics,
    room,
    callRuntime: (members) => {
      const { promise, resolve } = Promise.withResolvers<FinishedCall>();
      sent.push({
        rows: members.reduce((sum, { rows }) => sum + rows, 0),
        finish(ok = true) {
          resolve({ ok, giveAnswers: () => undefined });
          return promise;
        },
      });
      return promise;
    },
  });
  const add = (queue: BatchQueue, rows: number): void => {
    room.enterRows(rows);
    queue.limit(8, null);
    queue.add(inferMember(rows, { queue }));
  };
  return { queues, add, sent, rows: () => sent.map((call) => call.rows), metrics, keys: metrics.batching.waiting.keys };
}

const path = (model: string, version: 'v1' | 'v2' = 'v2'): InferencePath =>
  readInferencePath(version === 'v2' ? `/v2/models/${model}/infer` : `/v1/models/${model}:predict`) as InferencePath;

describe('three keys at most', () => {
  it('are open; the idle one that was used the longest ago makes room', () => {
    const { queues, keys } = open();
    const [a, b] = ['a', 'b', 'c'].map((key) => queues.open(key, path('m')));
    expect(queues.open('a', path('m'))).toBe(a);
    queues.open('d', path('m')); // in the place of b
    expect(keys.value).toBe(3);
    expect(queues.open('a', path('m'))).toBe(a);
    expect(queues.open('b', path('m'))).not.toBe(b);
    expect(keys.value).toBe(3);
  });

  it('one with requests that wait or are with the runtime stays', async () => {
    const { queues, add, sent } = open();
    const [a, b] = ['a', 'b', 'c'].map((key) => queues.open(key, path('m'))) as [BatchQueue, BatchQueue];
    add(a, 1);
    add(b, 8); // sent
    const d = queues.open('d', path('m')); // in the place of c
    add(d, 1);
    expect(queues.open('a', path('m'))).toBe(a);
    expect(queues.open('b', path('m'))).toBe(b);
    await sent[0]?.finish();
    expect(queues.open('e', path('m'))).not.toBe(b);
    expect(queues.open('a', path('m'))).toBe(a);
    expect(queues.open('d', path('m'))).toBe(d);
  });

  it('that are all busy are 503 to a further one, counted', () => {
    const { queues, add, metrics, keys } = open();
    for (const key of ['a', 'b', 'c']) add(queues.open(key, path('m')), 1);
    expect(() => queues.open('d', path('m'))).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
    expect(metrics.batchRefused.keys.value).toBe(1);
    expect(keys.value).toBe(3);
    queues.open('a', path('m')); // a known one is served
  });
});

describe('a model that is loaded anew', () => {
  it('has its waiting requests sent, others wait on', () => {
    const { queues, add, rows } = open();
    add(queues.open('a', path('m')), 1);
    add(queues.open('b', path('m')), 2);
    add(queues.open('c', path('other')), 3);
    queues.flush('m');
    expect(rows()).toEqual([1, 2]);
  });

  it('starts without what was learned, and without losing who waits', () => {
    const { queues, add, rows, keys } = open();
    const old = queues.open('a', path('m'));
    old.health.cannotBeSplit(performance.now());
    add(old, 1);
    queues.open('c', path('other'));
    queues.forget('m');
    expect(rows()).toEqual([1]);
    expect(keys.value).toBe(1);
    expect(queues.open('a', path('m')).health.isQuarantined(performance.now())).toBe(false);
  });
});

describe('a stop', () => {
  it('sends what waits, whatever its key', () => {
    const { queues, add, rows } = open();
    add(queues.open('a', path('m')), 1);
    add(queues.open('b', path('other')), 2);
    queues.drain();
    expect(rows()).toEqual([1, 2]);
  });

  it('holds for kinds that come later, too', async () => {
    const { queues, add, rows } = open();
    queues.drain();
    add(queues.open('new', path('m')), 1);
    await new Promise(setImmediate);
    expect(rows()).toEqual([1]);
  });
});

describe('labels', () => {
  const labels = (metrics: Metrics) => [...metrics.batching.models].map(({ label }) => label);

  it('open for a model of V2, which the runtime has described', () => {
    const { queues, metrics } = open();
    void queues.open('a', path('m')).metrics;
    expect(labels(metrics)).toEqual(['m']);
  });

  it('open for a model of V1 once the runtime has answered well for it', async () => {
    const { queues, add, sent, metrics } = open();
    const queue = queues.open('a', path('made-up', 'v1'));
    add(queue, 8);
    await sent[0]?.finish(false);
    expect(labels(metrics)).toEqual(['other']);
    add(queue, 8);
    await sent[1]?.finish();
    expect(labels(metrics)).toEqual(['other', 'made-up']);
  });
});

it('the configured policy decides', async () => {
  const { queues, add, rows } = open('adaptive');
  add(queues.open('a', path('m')), 1);
  await new Promise(setImmediate);
  expect(rows()).toEqual([1]); // an idle runtime: a window would wait
});
