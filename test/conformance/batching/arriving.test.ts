// Requests that come in ways of their own: pipelined, with a deadline, to a runtime that takes one call at a time.
import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { rawClient } from '../../support/raw-client.ts';
import { startBatching } from './batching.ts';
import { many } from './random/dice.ts';
import { type Sent, sums } from './sent.ts';

const hour = 3_600_000;
const rowsOf = (calls: readonly { readonly rows: number | null }[]) => calls.map(({ rows }) => rows);
const wire = ({ path, body }: Sent): string =>
  `POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe('pipelined requests', () => {
  it('are answered in their order, each with its own rows', async () => {
    const { agent, oracle } = await startBatching({ rows: 8, latencyMs: 10 });
    const client = await rawClient(agent.port);
    client.send(many(5, (at) => wire(sums(1 + (at % 2), at))).join(''));
    const text = await client.until((received) => received.split('"data":[').length > 5);
    expect([...text.matchAll(/"data":\[(.*?)\]/g)].map(([, data]) => data)).toEqual(['1', '2,2', '3', '4,4', '5']);
    expect(oracle.calls.reduce((sum, { rows }) => sum + (rows ?? 0), 0)).toBe(7);
  });

  it('are merged with each other and with those of other connections', async () => {
    const { agent, oracle, waiting, send } = await startBatching({ rows: 2, latencyMs: hour });
    const client = await rawClient(agent.port);
    client.send(many(3, (at) => wire(sums(1, at))).join(''));
    await waiting(1);
    expect((await send(sums(1, 10))).json).toContain('"data":[11]');
    const text = await client.until((received) => received.split('"data":[').length > 3);
    expect([...text.matchAll(/"data":\[(.*?)\]/g)].map(([, data]) => data)).toEqual(['1', '2', '3']);
    expect(rowsOf(oracle.calls)).toEqual([2, 2]);
  });
});

describe('grpc-timeout', () => {
  it('is 504 to who is out of time while it waits, and its rows are not sent', async () => {
    const { oracle, begin, send, waiting, metric } = await startBatching({ rows: 3, latencyMs: hour });
    const patient = begin(sums(1, 1));
    await waiting(1);
    const hurried = await send(sums(1, 2, { 'grpc-timeout': '20m' }));
    expect([hurried.status, Object.keys(JSON.parse(hurried.json) as object)]).toEqual([504, ['error']]);
    expect(metric('outrigger_batch_waiting_rows')).toBe(1);
    expect((await send(sums(2, 3))).status).toBe(200);
    expect((await patient.answer).json).toContain('"data":[2]');
    expect(oracle.calls.map(({ rows }) => rows)).toEqual([3]);
    expect(oracle.calls[0]?.json).toContain('"data":[1,1,3,1,3,1]');
  });

  it('is 504 to who is out of time amid the call, and the others have their answers', async () => {
    const { oracle, begin, waiting } = await startBatching({ rows: 2, latencyMs: hour });
    const gate = oracle.hold();
    const patient = begin(sums(1, 1, { 'grpc-timeout': '1H' }));
    await waiting(1);
    const hurried = begin(sums(1, 2, { 'grpc-timeout': '300m' }));
    await oracle.received(1);
    expect((await hurried.answer).status).toBe(504);
    gate.open();
    expect((await patient.answer).json).toContain('"data":[2]');
    expect(oracle.calls.map(({ rows, aborted }) => [rows, aborted])).toEqual([[2, false]]);
  });

  it('of all members over: the call is cancelled', async () => {
    const { oracle, begin, waiting } = await startBatching({ rows: 2, latencyMs: hour });
    oracle.hold();
    const first = begin(sums(1, 1, { 'grpc-timeout': '400m' }));
    await waiting(1);
    const second = begin(sums(1, 2, { 'grpc-timeout': '300m' }));
    await oracle.received(1);
    expect((await Promise.all([first.answer, second.answer])).map(({ status }) => status)).toEqual([504, 504]);
    await eventually('the call is cancelled', () => oracle.calls[0]?.aborted);
  });
});

describe('--container-concurrency 1', () => {
  it('counts merged calls: requests are merged while one call is with the runtime', async () => {
    const flags = ['--container-concurrency', '1'];
    const { oracle, begin, waiting, metric } = await startBatching({
      rows: 8,
      latencyMs: hour,
      policy: 'adaptive',
      flags,
    });
    const gate = oracle.hold();
    const busy = begin(sums(1, 0));
    await oracle.received(1);
    // More than the ten that the limit itself would let wait.
    const others = many(14, (at) => begin(sums(1, at + 1)));
    await eventually('all are there', () => metric('outrigger_requests_in_flight') === 15, { everyMs: 1 });
    await waiting(6); // eight are a full batch, which stands in the limit's queue
    expect(oracle.calls).toHaveLength(1);
    gate.open();
    const answers = await Promise.all([busy, ...others].map(({ answer }) => answer));
    expect(answers.map(({ json }) => /"data":\[(\d+)\]/.exec(json)?.[1])).toEqual(many(15, (at) => String(at + 1)));
    expect(rowsOf(oracle.calls)).toEqual([1, 8, 6]);
    expect(metric('outrigger_refusals_total', { reason: 'queue_full' })).toBe(0);
  });
});
