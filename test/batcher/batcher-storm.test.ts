// Everything at once, in random order: clients that leave, that are late, that are at fault, and a runtime that fails now and then.
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { type Batching, startBatching } from '../conformance/batching/batching.ts';
import type { Received } from '../conformance/batching/caller.ts';
import { type Sent, sums } from '../conformance/batching/sent.ts';
import { eventually } from '../support/eventually.ts';
import { scripted } from '../support/oracle-runtime/runtime-answer.ts';
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';

type Random = () => number;

/** Rows of [value, 1], of a value that nobody else has: who gets another's rows is found out. */
async function ask(batching: Batching, value: number, random: Random): Promise<void> {
  const rows = 1 + Math.floor(random() * 4);
  const fate = random();
  const isPoison = fate < 0.03;
  const headers = fate > 0.95 ? { 'grpc-timeout': `${1 + Math.floor(random() * 20)}m` } : {};
  let sent: Sent = sums(rows, isPoison ? 666 : value, headers);
  if (random() < 0.2) {
    sent = { ...sent, headers: { ...sent.headers, 'Content-Encoding': 'gzip' }, body: gzipSync(sent.body) };
  }
  await wait(random() * 200);
  const call = batching.begin(sent);
  if (fate > 0.03 && fate < 0.2) {
    await wait(random() * 8);
    call.leave();
    await call.answer.catch(() => undefined);
    return;
  }
  expectOwn(await call.answer, { rows, value, isPoison });
}

function expectOwn(answer: Received, { rows, value, isPoison }: { rows: number; value: number; isPoison: boolean }) {
  expect(answer.complete).toBe(true);
  if (answer.status === 200) {
    expect(isPoison).toBe(false);
    expect(/"data":\[([^\]]*)\]/.exec(answer.json)?.[1]).toBe(Array.from({ length: rows }, () => value + 1).join());
  } else expect(isPoison ? [400, 503, 500] : [500, 503, 504]).toContain(answer.status);
}

it.each(['window', 'adaptive'] as const)(
  'with the policy %s everybody gets their own, and nothing stays behind',
  async (policy) => {
    const batching = await startBatching({ rows: 8, latencyMs: 5, policy });
    const { oracle, metric, send } = batching;
    const random = seededRandom(seed);
    oracle.script(() => {
      const chance = random();
      if (chance < 0.02) return scripted(500, '{"error":"for a moment"}');
      if (chance < 0.03) return scripted(503, '{"error":"busy"}');
      return null;
    });
    const holding = (async () => {
      for (let times = 0; times < 20; times += 1) {
        const gate = oracle.hold();
        await wait(random() * 10);
        gate.open();
      }
    })();
    await Promise.all(Array.from({ length: 400 }, (_, index) => ask(batching, 1000 + index, random)));
    await holding;
    for (const gauge of ['batch_waiting_rows', 'batch_waiting_bytes', 'requests_in_flight']) {
      await eventually(`${gauge} is 0`, () => metric(`outrigger_${gauge}`) === 0);
    }
    oracle.script(() => null);
    expect((await send(sums(2, 5))).status).toBe(200);
    const batches = metric('outrigger_batch_requests_count');
    expect(metric('outrigger_batch_flushes_total')).toBe(batches);
    expect(metric('outrigger_batch_upstream_seconds_count')).toBe(batches);
    expect(metric('outrigger_batch_wait_seconds_count')).toBe(metric('outrigger_batch_requests_sum'));
  },
);
