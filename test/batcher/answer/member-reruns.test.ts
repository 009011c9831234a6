import { describe, expect, it } from 'vitest';
import { AnswerDress } from '../../../src/batcher/answer/answer-dress.ts';
import { MemberReruns } from '../../../src/batcher/answer/member-reruns.ts';
import type { Batch } from '../../../src/batcher/batch.ts';
import { Cancellation } from '../../../src/http/cancellation.ts';
import type { Handler, ProxyResponse } from '../../../src/http/exchange.ts';
import type { Log } from '../../../src/log.ts';
import { eventually } from '../../support/eventually.ts';
import {
  batcherConfig,
  batchOf,
  inferMember,
  openQueue,
  rowsOf,
  silentLog,
  textResponse,
} from '../../support/members.ts';

function open(next: Handler, rerun = true) {
  const warned: object[] = [];
  const doubted: string[] = [];
  const log: Log = { ...silentLog, warn: (fields) => warned.push(fields) };
  const dress = new AnswerDress(batcherConfig);
  const reruns = new MemberReruns({ rerun, next, dress, log, doubtLimits: (model) => doubted.push(model) });
  const { queue, metrics } = openQueue(() => Promise.reject(new Error('nothing is queued')));
  const batch = (count: number, id?: string): Batch =>
    batchOf(
      Array.from({ length: count }, () => inferMember(2, { path: '/v2/models/m/infer?q' }, rowsOf(2, id))),
      { queue },
    );
  const cells = metrics.batching.modelIfKnown('m');
  return { reruns, batch, warned, doubted, queue, counted: () => [cells.reruns.value, cells.quarantines.value] };
}

const failure = { failure: textResponse('no', 500), sentId: false };
const statuses = ({ members }: Batch): Promise<number[]> =>
  Promise.all(
    members.map(({ response }) =>
      response.then(
        ({ status }) => status,
        () => 0,
      ),
    ),
  );

describe('a batch that failed', () => {
  it('is run member by member, once each, four at a time', async () => {
    const waiting: ((response: ProxyResponse) => void)[] = [];
    const { reruns, batch, counted } = open(() => new Promise((resolve) => waiting.push(resolve)));
    const failed = batch(6);
    reruns.afterFailure(failed, failure);
    expect(waiting).toHaveLength(4);
    waiting[1]?.(textResponse('', 200));
    await eventually('the next one is sent', () => waiting.length === 5);
    waiting[0]?.(textResponse('', 400));
    await eventually('the last one is sent', () => waiting.length === 6);
    for (const answer of waiting) answer(textResponse('', 200));
    expect(await statuses(failed)).toEqual([400, 200, 200, 200, 200, 200]);
    expect(counted()).toEqual([6, 0]);
  });

  it('that all work alone teaches: ids first, then fewer rows; what the runtime said is doubted', async () => {
    const { reruns, batch, warned, doubted, queue } = open(async () => textResponse('{}'));
    reruns.afterFailure(batch(4, 'a'), failure);
    await eventually('it was learned', () => warned.length === 1);
    expect(queue.health.sendsId).toBe(true);
    reruns.afterFailure(batch(4, 'a'), { ...failure, sentId: true });
    await eventually('it was learned', () => warned.length === 2);
    expect(queue.health.maxRows).toBe(4);
    expect(warned).toEqual([
      { path: '/v2/models/m/infer', remedy: 'id' },
      { path: '/v2/models/m/infer', remedy: 'fewer rows' },
    ]);
    expect(doubted).toEqual(['m', 'm']);
  });

  it('of which one member fails alone teaches nothing', async () => {
    let calls = 0;
    const { reruns, batch, warned, doubted } = open(async () => textResponse('', calls++ === 0 ? 400 : 200));
    const failed = batch(3);
    reruns.afterFailure(failed, failure);
    expect(await statuses(failed)).toEqual([400, 200, 200]);
    await new Promise(setImmediate);
    expect([warned, doubted]).toEqual([[], []]);
  });

  it('is not run again for members that have left', async () => {
    let calls = 0;
    const { reruns, batch } = open(async () => textResponse('', 200 + calls++));
    const failed = batch(2);
    failed.members[0]?.reject(new Error('left'));
    reruns.afterFailure(failed, failure);
    expect(await statuses(failed)).toEqual([0, 200]);
    expect(calls).toBe(1);
  });

  it('gives each the error of its own call', async () => {
    const { reruns, batch } = open(() => Promise.reject(new Error('refused')));
    const failed = batch(2);
    reruns.afterFailure(failed, failure);
    for (const { response } of failed.members) await expect(response).rejects.toThrow('refused');
  });

  it('is the answer of all when nothing may be sent twice', async () => {
    const { reruns, batch, counted } = open(() => Promise.reject(new Error('sent twice')), false);
    const failed = batch(2);
    reruns.afterFailure(failed, failure);
    expect(await statuses(failed)).toEqual([500, 500]);
    expect(counted()).toEqual([0, 0]);
  });
});

describe('an answer that cannot be split', () => {
  it('is asked for again one by one, and ends batching of its kind: counted and logged once', async () => {
    const { reruns, batch, warned, counted, queue } = open(async () => textResponse('{}'));
    const [one, other] = [batch(2), batch(3)];
    reruns.afterUnsplittable(one);
    reruns.afterUnsplittable(other); // it was under way
    expect(await statuses(one)).toEqual([200, 200]);
    expect(await statuses(other)).toEqual([200, 200, 200]);
    expect(queue.health.isQuarantined(performance.now())).toBe(true);
    expect(counted()).toEqual([5, 1]);
    expect(warned).toEqual([{ path: '/v2/models/m/infer', remedy: 'quarantine' }]);
  });

  it('is 502 to all when nothing may be sent twice', async () => {
    const { reruns, batch } = open(() => Promise.reject(new Error('sent twice')), false);
    const failed = batch(2);
    reruns.afterUnsplittable(failed);
    for (const { response } of failed.members) {
      await expect(response).rejects.toMatchObject({ code: 'UPSTREAM_PROTOCOL_ERROR' });
    }
  });
});

it('a member that leaves while it is run alone cancels its own call', async () => {
  const cancellation = new Cancellation();
  const { reruns, queue } = open((request) => {
    const { promise, reject } = Promise.withResolvers<ProxyResponse>();
    request.cancellation.onCancel(() => reject(new Error('cancelled')));
    return promise;
  });
  const members = [inferMember(1, { cancellation })];
  reruns.afterFailure(batchOf(members, { queue }), failure);
  cancellation.cancel();
  await expect(members[0]?.response).rejects.toMatchObject({ code: 'CLIENT_GONE' });
});
