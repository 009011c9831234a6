// Clients that make each request one of its own kind, a hundred thousand times: what the batcher remembers of them is bounded.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { Client } from '../../../src/http/client.ts';
import type { Handler } from '../../../src/http/exchange.ts';
import { FlatHeaderBlock } from '../../../src/http/header-block.ts';
import { handmadeBatcher, requestOf } from './handmade.ts';
import { many } from './random/dice.ts';
import { infer, input, predict, type Sent, sums } from './sent.ts';

const config = Buffer.from(
  '{"name":"m","max_batch_size":8,"input":[{"name":"x","data_type":"TYPE_FP32","dims":[-1]}],"output":[],"model_transaction_policy":{"decoupled":false}}',
);
const answer = Buffer.from('{"predictions":[1]}');
const json = new FlatHeaderBlock(['Content-Type', 'application/json']);

/** Knows model m, and answers every inference at once. */
const runtime: Handler = async ({ method, path }) => {
  const known = method === 'POST' || /^\/v2\/models\/m(\/config)?$/.test(path);
  return { status: known ? 200 : 404, headers: json, body: method === 'POST' ? answer : config, trailers: null };
};

const x = input('x', 'FP32', [1, 1], '[1]');
const floods: readonly (readonly [name: string, count: number, of: (at: number) => Sent])[] = [
  ['parameters', 30_000, (at) => infer(`{"parameters":{"p":"${at}"},"inputs":[${x}]}`, { model: 'm' })],
  [
    'shapes',
    20_000,
    (at) => infer(`{"inputs":[{"name":"x","shape":[1,${at + 1},0],"datatype":"FP32","data":[]}]}`, { model: 'm' }),
  ],
  ['names', 10_000, (at) => infer(`{"inputs":[${x.replace('"x"', `"x${at}"`)}]}`, { model: 'm' })],
  ['headers', 20_000, (at) => sums(1, 1, { 'X-Tenant': `${at}`.repeat(20), [`X-Name-${at}`]: 'a' })],
  ['queries', 10_000, (at) => ({ ...sums(1), path: `/v2/models/m/infer?at=${at}` })],
  ['V1 models', 5_000, (at) => predict('{"instances":[1]}', `m${at}`)],
  ['V2 models', 5_000, (at) => ({ ...sums(1), path: `/v2/models/m${at}/infer` })],
];

it('100,000 kinds of requests', { timeout: 120_000 }, async () => {
  const { batcher, metrics, metric } = handmadeBatcher(
    ['--batch-policy', 'adaptive', '--batcher-max-keys', '256'],
    () => runtime,
  );
  const clients = many(50, () => new Client(false));
  const unread = () => metric('outrigger_batch_passed_total', { reason: 'model_unread' });
  await batcher.handle(requestOf(sums(1)));
  await expect.poll(() => batcher.limits().some(({ batchable }) => batchable)).toBe(true);
  const before = unread();
  let [failed, mostKeys] = [0, 0];
  const flood = async ([, count, of]: (typeof floods)[number]): Promise<void> => {
    for (let at = 0; at < count; at += clients.length) {
      const answers = clients.map((client, n) => batcher.handle(requestOf(of(at + n), { client })));
      for (const { status } of await Promise.all(answers)) if (status !== 200) failed += 1;
      mostKeys = Math.max(mostKeys, metric('outrigger_batch_keys'));
    }
  };
  for (const [name, , of] of floods) await flood([name, 1000, of]); // whatever is made once is there now
  const collect = openCollection();
  const startMiB = heapMiB(collect);
  for (const each of floods) await flood(each);
  expect([failed, mostKeys]).toEqual([0, 256]);
  expect(heapMiB(collect) - startMiB).toBeLessThan(16);
  // All but the unknown models of V2 were in queues of their own.
  expect([unread() - before, metric('outrigger_batch_passed_total')]).toEqual([6_000, before + 6_000]);
  expect([metric('outrigger_batch_waiting_rows'), metric('outrigger_batch_waiting_bytes')]).toEqual([0, 0]);
  expect(metric('outrigger_refusals_total')).toBe(0);
  const series = metrics.instruments.flatMap((instrument) => [...instrument.samples()]);
  expect(new Set(series.map(({ labels }) => labels.model)).size).toBeLessThanOrEqual(102);
});

function heapMiB(collect: () => void): number {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** V8 shows its collector to contexts that are made while the flag is set. */
function openCollection(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
