// Full queues: 503 with Retry-After at once, counted by what was full; who waits already is answered all the same.
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { rawClient } from '../../support/raw-client.ts';
import { type Batching, startBatching } from './batching.ts';
import type { CallUnderWay } from './caller.ts';
import { many } from './random/dice.ts';
import { infer, input, sums } from './sent.ts';

const hour = 3_600_000;

const counted = ({ metric }: Batching) =>
  ['batch_rows', 'batch_bytes', 'batch_keys'].map((reason) => metric('outrigger_refusals_total', { reason }));

interface Bound {
  readonly name: string;
  readonly flags: readonly string[];
  readonly expected: readonly number[];
  readonly fits: number;
  readonly sent: (at: number) => ReturnType<typeof sums>;
}

const wide = (inner: number) => infer(`{"inputs":[${input('x', 'INT32', [1, inner], `[${many(inner, () => 1)}]`)}]}`);

const bounds: readonly Bound[] = [
  {
    name: 'rows',
    flags: ['--batcher-max-waiting-rows', '8'],
    expected: [5, 0, 0],
    fits: 2, // nine rows would be one too many
    sent: (value) => sums(3, value),
  },
  {
    name: 'bytes',
    flags: ['--batcher-max-waiting-bytes', '400', '--batcher-max-body-bytes', '400'],
    expected: [0, 5, 0],
    // With the request that is with the runtime: four bodies of 75 bytes, and no room for a fifth of 96.
    fits: 4,
    sent: (value) => sums(1, value + 10),
  },
  {
    name: 'keys',
    flags: ['--batcher-max-keys', '4'],
    expected: [0, 0, 5],
    fits: 3,
    sent: (at) => wide(at + 1),
  },
];

for (const { name, flags, expected, fits, sent } of bounds) {
  it(`as many ${name} as may wait: 503 at once, and those that wait are answered`, async () => {
    const batching = await startBatching({ rows: 8, latencyMs: hour, policy: 'adaptive', flags });
    const { oracle, begin, send, metric } = batching;
    const gate = oracle.hold();
    const busy = begin(sums(1, 7));
    await oracle.received(1);
    const queued: CallUnderWay[] = [];
    // Each other key has a runtime of its own to wait for: the first request of a key leaves at once.
    for (let at = 0; at < fits; at += 1) {
      const before = metric('outrigger_batch_waiting_bytes');
      queued.push(begin(sent(at)));
      await eventually('it is in', () => metric('outrigger_batch_waiting_bytes') > before, { everyMs: 1 });
    }
    for (let tries = 0; tries < 5; tries += 1) {
      const { status, headers, json } = await Promise.race([send(sent(fits + tries)), busy.answer]);
      expect([status, headers['retry-after'], headers['content-type']]).toEqual([503, '1', 'application/json']);
      expect(Object.keys(JSON.parse(json) as object)).toEqual(['error']);
    }
    expect(counted(batching)).toEqual(expected);
    gate.open();
    const answers = await Promise.all([busy, ...queued].map(({ answer }) => answer));
    expect(answers.map(({ status }) => status)).toEqual(many(fits + 1, () => 200));
    expect((await send(sent(fits))).status).toBe(200);
    expect([metric('outrigger_batch_waiting_rows'), metric('outrigger_batch_waiting_bytes')]).toEqual([0, 0]);
  });
}

it('uploads that stall keep their place from others for two seconds, then they go on alone', async () => {
  const flags = ['--batcher-max-waiting-bytes', '400000', '--batcher-max-body-bytes', '400000'];
  const { agent, send, metric, passed } = await startBatching({ flags });
  const client = await rawClient(agent.port);
  const { path, body } = sums(1, 1);
  const blanks = ' '.repeat(400_000 - body.length);
  client.send(`POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Length: ${400_000}\r\n\r\n${blanks}`);
  await eventually('it is in', () => metric('outrigger_batch_waiting_bytes') > 390_000);
  expect((await send(sums(3, 2))).status).toBe(503); // a few bytes are left, but not for this one
  await eventually('it has gone on', () => passed('slow_upload') === 1);
  expect((await send(sums(1, 2))).status).toBe(200);
  client.send(body);
  await client.until((text) => text.includes('"data":[2]'));
});

it('requests that are passed on alone take no room of those that wait', async () => {
  const flags = ['--batcher-max-waiting-rows', '8'];
  const batching = await startBatching({ rows: 8, latencyMs: hour, flags });
  const { begin, send, waiting } = batching;
  const members = [begin(sums(4)), begin(sums(3))];
  await waiting(7);
  const alone = await send(infer(`{"parameters":{"sequence_id":1},"inputs":[${input('x', 'FP32', [1, 2], '[1,2]')}]}`));
  expect(alone.status).toBe(200);
  expect((await send(sums(8))).status).toBe(503); // it would be the batch that flushes the others, but there is no room
  members.push(begin(sums(1)));
  const answers = await Promise.all(members.map(({ answer }) => answer));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
});
