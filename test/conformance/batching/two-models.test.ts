// Two models at once, over V1 and V2: no call has rows of both, and who leaves one leaves the other alone.
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';
import { seen, startBatching } from './batching.ts';
import { below, many } from './random/dice.ts';
import { infer, input, predict, type Sent } from './sent.ts';

/** Each model's requests carry its own number in every row. */
const owners: readonly (readonly [path: string, number])[] = [
  ['/v2/models/m/infer', 1],
  ['/v2/models/m2/infer', 2],
  ['/v2/models/m/versions/1/infer', 3],
  ['/v1/models/m:predict', 4],
  ['/v1/models/m2:predict', 5],
];
const numberOf = new Map(owners);

function asking(path: string, rows: number, value: number): Sent {
  const row = `[${value},${numberOf.get(path)}000]`;
  const list = `[${many(rows, () => row)}]`;
  if (path.startsWith('/v1/')) return { ...predict(`{"instances":${list}}`), path };
  return infer(`{"inputs":[${input('x', 'FP32', [rows, 2], list)}]}`, { path });
}

/** Of whom the rows of a call are. */
const ownersIn = (json: string): number[] => [
  ...new Set([...json.matchAll(/([1-5])000[,\]]/g)].map(([, own]) => Number(own))),
];

for (const policy of ['window', 'adaptive'] as const) {
  it(`each call has the rows of one model (${policy})`, async () => {
    const random = seededRandom(seed);
    const known = owners.map(([path]) => path);
    const { oracle, sendAll, metric } = await startBatching({ rows: 8, latencyMs: 20, policy, known });
    const [calls, requests] = [metric('outrigger_batch_requests_count'), metric('outrigger_batch_requests_sum')];
    for (let round = 0; round < 10; round += 1) {
      const asked = many(30, () => {
        const [path] = owners[below(random, owners.length)] as (typeof owners)[number];
        return { path, rows: 1 + below(random, 3), value: below(random, 600) };
      });
      const gate = oracle.hold();
      const underWay = sendAll(asked.map(({ path, rows, value }) => asking(path, rows, value)));
      await eventually('all are there', () => metric('outrigger_requests_in_flight') === 30, { everyMs: 1 });
      gate.open();
      const answers = await underWay;
      for (const [at, { path, rows, value }] of asked.entries()) {
        const sum = value + 1000 * (numberOf.get(path) as number);
        expect(answers[at]?.json).toMatch(new RegExp(`:\\[${many(rows, () => sum)}\\]`));
      }
    }
    for (const { path, json } of oracle.calls) expect(ownersIn(json)).toEqual([numberOf.get(path)]);
    const sent = metric('outrigger_batch_requests_sum') - requests;
    expect(sent).toBe(300);
    expect(metric('outrigger_batch_requests_count') - calls).toBeLessThan(0.8 * sent);
  });
}

it('members that leave one model before and after the send leave the other alone', async () => {
  const known = ['/v2/models/m/infer', '/v2/models/m2/infer'];
  const { oracle, begin, waiting } = await startBatching({ rows: 3, known });
  const [a, b] = known as [string, string];
  const early = begin(asking(a, 1, 10));
  await waiting(1);
  const others = [begin(asking(b, 1, 20)), begin(asking(b, 1, 21))];
  await waiting(3);
  early.leave();
  await waiting(2);
  const gate = oracle.hold();
  const late = begin(asking(b, 1, 22));
  await oracle.received(1);
  late.leave();
  const first = begin(asking(a, 2, 11));
  await waiting(2);
  const second = begin(asking(a, 1, 12));
  await oracle.received(2);
  gate.open();
  const answers = await Promise.all([...others, first, second].map(({ answer }) => answer));
  expect(answers.map(({ json }) => /"data":(\[.*?\])/.exec(json)?.[1])).toEqual([
    '[2020]',
    '[2021]',
    '[1011,1011]',
    '[1012]',
  ]);
  expect(oracle.calls.map(({ path, rows }) => [path, rows])).toEqual([
    [b, 3],
    [a, 3],
  ]);
});

it('the failure of one model is not the other’s', async () => {
  const known = ['/v2/models/m/infer', '/v2/models/m2/infer'];
  const { oracle, sendAll, metric } = await startBatching({ rows: 2, known });
  oracle.behave('m', { batchDimension: false });
  const [a, b] = known as [string, string];
  const asked = [asking(a, 1, 1), asking(b, 1, 2), asking(a, 1, 3), asking(b, 1, 4)];
  const answers = (await sendAll(asked)).map(seen);
  expect(answers.map(({ body }) => /"data":(\[.*?\])/.exec(body)?.[1])).toEqual([
    '[1001]',
    '[2002]',
    '[1003]',
    '[2004]',
  ]);
  expect(metric('outrigger_batch_quarantines_total', { model: 'm' })).toBe(1);
  expect(metric('outrigger_batch_quarantines_total', { model: 'm2' })).toBe(0);
  oracle.forget();
  await sendAll([asking(b, 1, 5), asking(b, 1, 6)]);
  expect(oracle.calls.map(({ rows }) => rows)).toEqual([2]);
});
