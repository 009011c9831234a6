// A runtime that is killed and comes back, and models that are loaded and unloaded through the agent.
import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { openOracle } from '../../support/oracle-runtime/oracle.ts';
import { rawClient } from '../../support/raw-client.ts';
import { type Batching, startBatching } from './batching.ts';
import { many } from './random/dice.ts';
import { predict, type Sent, sums } from './sent.ts';

const hour = 3_600_000;
const known = ['/v2/models/m/infer', '/v2/models/echo/infer', '/v1/models/m:predict'];
const rowsOf = (calls: readonly { readonly rows: number | null }[]) => calls.map(({ rows }) => rows);

describe.each(['window', 'adaptive'] as const)('a runtime that is killed (%s)', (policy) => {
  it.each([
    ['V1', [1, 1, 1], (value: number) => predict(`{"instances":[[${value},1]]}`)],
    ['V2', [1, 2], (value: number) => sums(1, value)],
  ] as const)('is 502 to all of the batch that it had, and 200 as soon as it is back (%s)', async (_, rows, of) => {
    const { oracle, begin, gather, waiting, metric } = await startBatching({
      rows: 3,
      latencyMs: hour,
      policy,
      known,
    });
    oracle.hold();
    const busy = policy === 'adaptive' ? [begin(of(0))] : [];
    if (policy === 'adaptive') await oracle.received(1);
    const members = [1, 2, 3].map((value) => begin(of(value)));
    const all = members.length + busy.length;
    await eventually('all are there', () => metric('outrigger_requests_in_flight') === all, { everyMs: 1 });
    await oracle.received(1); // by the adaptive policy the batch waits for the answer to the first, or goes ahead of it
    await oracle.stop();
    const failed = await Promise.all([...busy, ...members].map(({ answer }) => answer));
    expect(failed.map(({ status }) => status)).toEqual(many(failed.length, () => 502));
    expect(metric('outrigger_batch_waiting_rows') + metric('outrigger_batch_waiting_bytes')).toBe(0);
    const back = await openOracle(oracle.port);
    if (policy === 'adaptive') {
      const gate = back.hold();
      const first = begin(of(4));
      await back.received(1);
      const others = [begin(of(5)), begin(of(6))];
      // Of V1 nobody tells the slots, and nobody waits for a runtime that failed.
      if (rows.length === 2) await waiting(2);
      gate.open();
      for (const { answer } of [first, ...others]) expect((await answer).status).toBe(200);
      expect(rowsOf(back.calls)).toEqual(rows);
    } else {
      const answers = await gather([4, 5, 6].map(of));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(rowsOf(back.calls)).toEqual([3]);
    }
  });
});

it('a runtime that comes back with other limits is asked for them, and until then nobody sees that they changed', async () => {
  const { oracle, gather, sendAll } = await startBatching({ rows: 8, latencyMs: hour, known });
  const pair = [sums(4, 1), sums(4, 2)];
  await oracle.stop();
  expect((await sendAll(pair)).map(({ status }) => status)).toEqual([502, 502]);
  const back = await openOracle(oracle.port);
  back.behave('m', { maxBatchRows: 4 });
  const rowsOfPair = async () => {
    back.forget();
    expect((await sendAll(pair)).map(({ status }) => status)).toEqual([200, 200]);
    return rowsOf(back.calls);
  };
  await expect.poll(rowsOfPair).toEqual([4, 4]); // a call of eight failed before these, or none
  back.forget();
  for (let round = 0; round < 3; round += 1) await gather([sums(3), sums(1)]);
  expect(rowsOf(back.calls)).toEqual([4, 4, 4]);
});

const change = (what: 'load' | 'unload'): Sent => ({
  path: `/v2/repository/models/m/${what}`,
  headers: { 'Content-Type': 'application/json' },
  body: Buffer.from('{}'),
});

/** Requests until the new limits are read, as few as it takes. */
async function untilRead({ send, passed }: Batching): Promise<void> {
  await expect
    .poll(
      async () => {
        const before = passed('model_unread');
        await send(sums(4, 9));
        return passed('model_unread') - before;
      },
      { interval: 1 },
    )
    .toBe(0);
}

describe('a model that is loaded or unloaded through the agent', () => {
  it.each(['load', 'unload'] as const)('has what waits for it sent first (%s)', async (what) => {
    const { oracle, begin, waiting, send } = await startBatching({ rows: 8, latencyMs: hour, known });
    const members = [begin(sums(1, 1)), begin(sums(2, 2))];
    await waiting(3);
    expect((await send(change(what))).status).toBe(200);
    const answers = await Promise.all(members.map(({ answer }) => answer));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(rowsOf(oracle.calls)).toEqual([3]);
  });

  it('has its limits read anew: no call has more rows than the new one takes', async () => {
    const batching = await startBatching({ rows: 8, latencyMs: hour, known });
    const { oracle, gather, send } = batching;
    await gather([sums(5), sums(3)]);
    expect(rowsOf(oracle.calls)).toEqual([8]);
    oracle.behave('m', { maxBatchRows: 4 });
    expect((await send(change('load'))).status).toBe(200);
    await untilRead(batching);
    oracle.forget();
    for (const members of [
      [3, 1],
      [1, 1, 2],
      [2, 2],
    ]) {
      const answers = await gather(members.map((rows) => sums(rows)));
      expect(answers.map(({ status }) => status)).toEqual(members.map(() => 200));
    }
    expect(rowsOf(oracle.calls)).toEqual([4, 4, 4]);
    const tooLarge = await send(sums(6));
    expect([tooLarge.status, tooLarge.json]).toEqual([400, expect.stringContaining('must be <= 4')]);
  });

  it('has new limits for requests too that began to come before', async () => {
    const batching = await startBatching({ rows: 8, latencyMs: hour, known });
    const { agent, oracle, send, waiting, metric } = batching;
    const clients = await Promise.all([rawClient(agent.port), rawClient(agent.port)]);
    const { path, body } = sums(3, 5);
    const large = Buffer.concat([Buffer.alloc(200_000, ' '), body]);
    for (const client of clients) {
      client.send(`POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Length: ${large.length}\r\n\r\n`);
      client.send(large.subarray(0, 100_000));
    }
    await eventually('half is there', () => metric('outrigger_batch_waiting_bytes') === 200_000);
    oracle.behave('m', { maxBatchRows: 4 });
    expect((await send(change('load'))).status).toBe(200);
    await untilRead(batching);
    oracle.forget();
    for (const client of clients) client.send(large.subarray(100_000));
    await oracle.received(1);
    await waiting(3);
    expect((await send(sums(1, 6))).status).toBe(200);
    for (const client of clients) await client.until((text) => text.includes('"data":[6,6,6]'));
    expect(rowsOf(oracle.calls)).toEqual([3, 4]);
  });
});
