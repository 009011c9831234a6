import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CallRuntime, FinishedCall } from '../../src/batcher/batch-queue.ts';
import { type Member, openMember } from '../../src/batcher/member.ts';
import { openAdaptivePolicy } from '../../src/batcher/policy/adaptive-policy.ts';
import type { ReleasePolicy } from '../../src/batcher/policy/release-policy.ts';
import { Cancellation } from '../../src/http/cancellation.ts';
import { Client } from '../../src/http/client.ts';
import { eventually } from '../support/eventually.ts';
import { inferMember, openQueue, textResponse } from '../support/members.ts';

interface Call {
  readonly members: readonly Member[];
  readonly rows: readonly number[];
  /** The runtime answers, in a turn of its own. */
  finish(giveAnswers?: () => void, ok?: boolean): Promise<void>;
}

function controlled(policy?: ReleasePolicy<unknown>) {
  const calls: Call[] = [];
  const callRuntime: CallRuntime = (members) => {
    const { promise, resolve } = Promise.withResolvers<FinishedCall>();
    const finish: Call['finish'] = (giveAnswers = () => undefined, ok = true) => {
      resolve({ ok, giveAnswers });
      return Promise.resolve(promise).then(() => undefined);
    };
    calls.push({ members, rows: members.map(({ rows }) => rows), finish });
    return promise;
  };
  const { queue, metrics, room } = openQueue(callRuntime, policy);
  const add = (rows: number, cancellation = new Cancellation(), client = new Client(false)): Member => {
    room.enterRows(rows);
    const member = inferMember(rows, { queue, cancellation, client });
    queue.add(member);
    return member;
  };
  const model = () => metrics.batching.model('m');
  return { queue, metrics, calls, add, model, waitingRows: metrics.batching.waiting.rows };
}

const adaptive = () => openAdaptivePolicy({ maxRows: 8, maxLatencyMs: 1000, slots: 1 }) as ReleasePolicy<unknown>;
const sentRows = (calls: readonly Call[]) => calls.map(({ rows }) => rows);

afterEach(() => {
  vi.useRealTimers();
});

describe('a window', () => {
  it('sends whole requests in order of arrival, as many as fit', () => {
    const { add, calls, waitingRows } = controlled();
    for (const rows of [3, 2, 4]) add(rows); // the last one would not fit
    expect(sentRows(calls)).toEqual([[3, 2]]);
    expect(waitingRows.value).toBe(4);
    add(4);
    expect(sentRows(calls)).toEqual([
      [3, 2],
      [4, 4],
    ]);
    expect(waitingRows.value).toBe(0);
  });

  it('sends what waits when its time is over, and leaves no timer behind', () => {
    vi.useFakeTimers();
    const { add, calls } = controlled();
    add(1);
    vi.advanceTimersByTime(600);
    add(2);
    vi.advanceTimersByTime(399);
    expect(calls).toEqual([]);
    vi.advanceTimersByTime(3);
    expect(sentRows(calls)).toEqual([[1, 2]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('never puts more than 64 MiB into a batch', () => {
    const { add, queue, calls } = controlled();
    const large = new Uint8Array(40 * 2 ** 20);
    for (let count = 0; count < 2; count += 1) {
      const { request, content, sources } = inferMember(1, { queue });
      if (content.protocol !== 'v2') throw new Error('V2 was asked for');
      const grown = { protocol: 'v2' as const, request: { ...content.request, body: large } };
      queue.add(openMember({ request, content: grown, sources, arrivedMs: performance.now() }));
    }
    expect(sentRows(calls)).toEqual([[1]]);
    add(1);
    queue.flush();
    expect(sentRows(calls)).toEqual([[1], [1, 1]]);
  });
});

describe('who leaves', () => {
  it('takes its rows along: out of the queue, out of the batch, counted once', () => {
    const { add, calls, waitingRows, metrics } = controlled();
    const cancellation = new Cancellation();
    add(1);
    const gone = add(5, cancellation);
    cancellation.cancel();
    gone.reject(new Error('again'));
    expect(waitingRows.value).toBe(1);
    add(7);
    expect(sentRows(calls)).toEqual([[1, 7]]);
    expect(metrics.batching.modelIfKnown('m').withdrawn.value).toBe(1);
    expect(waitingRows.value).toBe(0);
  });

  it('as the last one leaves neither a timer nor a call behind', () => {
    vi.useFakeTimers();
    const { add, calls, queue } = controlled();
    const cancellation = new Cancellation();
    add(1, cancellation);
    vi.advanceTimersByTime(10);
    expect(vi.getTimerCount()).toBe(1);
    cancellation.cancel();
    expect(vi.getTimerCount()).toBe(0);
    expect(queue.idle).toBe(true);
    vi.advanceTimersByTime(2000);
    expect(calls).toEqual([]);
  });

  it('after the send is not withdrawn', async () => {
    const { add, calls, metrics, model } = controlled();
    const cancellation = new Cancellation();
    add(8, cancellation);
    cancellation.cancel();
    await calls[0]?.finish();
    expect(metrics.batching.modelIfKnown('m').withdrawn.value).toBe(0);
    expect(model().withdrawn.value).toBe(0);
    expect(model().requests.count).toBe(1);
  });

  it('gives back its source of a session, sent or not, for its next request', async () => {
    const { add, calls } = controlled(adaptive());
    const session = new Client(true);
    const cancellation = new Cancellation();
    const first = add(1, cancellation, session);
    cancellation.cancel();
    const second = add(8, new Cancellation(), session);
    expect(second.source).toBe(first.source);
    expect(add(1, new Cancellation(), session).source).not.toBe(first.source);
    await calls[0]?.finish();
    expect(add(1, new Cancellation(), session).source).toBe(first.source);
  });
});

describe('the adaptive policy', () => {
  it('sends at once what one turn of the event loop brings, and the next when the answer is here', async () => {
    const { add, calls, queue } = controlled(adaptive());
    queue.limit(8, 1); // the runtime says so: nothing is tried out
    add(1);
    add(2);
    expect(calls).toEqual([]);
    await turn();
    expect(sentRows(calls)).toEqual([[1, 2]]);
    add(3);
    add(1);
    await turn();
    expect(calls).toHaveLength(1);
    await calls[0]?.finish();
    // On a machine that is busy the call took long enough to wait a little for those that it answered.
    await eventually('the next has left', () => calls.length === 2);
    expect(sentRows(calls)).toEqual([
      [1, 2],
      [3, 1],
    ]);
    await calls[1]?.finish();
    expect(queue.idle).toBe(true);
  });

  it('does not wait for a turn when the only client there is sends again', async () => {
    const { add, calls } = controlled(adaptive());
    const [client, other] = [new Client(false), new Client(false)];
    const first = add(1, new Cancellation(), client);
    expect(calls).toHaveLength(0); // others may come with the first
    await turn();
    await calls[0]?.finish(() => first.resolve(textResponse('{}')));
    const second = add(1, new Cancellation(), client);
    expect(calls).toHaveLength(2);
    await calls[1]?.finish(() => second.resolve(textResponse('{}')));
    add(1, new Cancellation(), other);
    expect(calls).toHaveLength(2);
  });

  it('sends the next call before the answers of the last one are given', async () => {
    const { add, calls, queue } = controlled(adaptive());
    queue.limit(8, 1);
    const first = add(1);
    await turn();
    for (let count = 0; count < 8; count += 1) add(1); // a full batch
    const inFlight: number[] = [];
    await calls[0]?.finish(() => {
      inFlight.push(calls.length);
      first.resolve(textResponse('{}'));
    });
    await first.response;
    expect(inFlight).toEqual([2]);
  });
});

describe('a stop', () => {
  it('sends what waits, and what comes later as soon as the runtime is free', async () => {
    const { add, calls, queue } = controlled();
    add(1);
    queue.drain();
    expect(sentRows(calls)).toEqual([[1]]);
    add(2);
    await turn();
    expect(calls).toHaveLength(1);
    await calls[0]?.finish();
    expect(sentRows(calls)).toEqual([[1], [2]]);
    await calls[1]?.finish();
    add(3);
    await turn();
    expect(sentRows(calls)).toEqual([[1], [2], [3]]);
  });

  it('sends all that waits in as many batches as it takes', () => {
    const { add, calls, queue, waitingRows } = controlled(adaptive());
    for (let count = 0; count < 7; count += 1) add(1);
    queue.limit(3, 1);
    queue.flush();
    expect(sentRows(calls).map((rows) => rows.length)).toEqual([3, 3, 1]);
    expect(waitingRows.value).toBe(0);
  });
});

describe('a batch is counted once', () => {
  it('with its rows, requests, waits and reason, when it is over', async () => {
    const { add, calls, model } = controlled();
    add(3);
    add(5);
    expect(model().rows.count).toBe(0);
    await calls[0]?.finish();
    expect([model().rows.count, model().rows.sum]).toEqual([1, 8]);
    expect([model().requests.count, model().requests.sum]).toEqual([1, 2]);
    expect(model().waitSeconds.count).toBe(2);
    expect(model().upstreamSeconds.count).toBe(1);
    expect([...model().flushes].map(([reason, { value }]) => [reason, value])).toEqual([['full', 1]]);
  });

  it('under "other" until the runtime has answered well for the model', async () => {
    const { add, calls, metrics } = controlled();
    add(8);
    await calls[0]?.finish(undefined, false);
    expect([...metrics.batching.models].map(({ label }) => label)).toEqual(['other']);
    add(8);
    await calls[1]?.finish();
    expect([...metrics.batching.models].map(({ label }) => label)).toEqual(['other', 'm']);
  });
});

it('a lowered cap sends a larger request that waits alone', () => {
  const { add, calls, queue } = controlled();
  add(6);
  queue.limit(4, null);
  add(1);
  expect(sentRows(calls)).toEqual([[6]]);
});
