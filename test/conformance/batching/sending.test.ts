// When a batch leaves (vectors 6-8, 70, 79): full, at once on an idle runtime, after --max-latency, at SIGTERM; never with more rows than it may.
import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { startBatching } from './batching.ts';
import { infer, input, predict, type Sent, sums } from './sent.ts';

const hour = 3_600_000;
const rowsOf = (calls: readonly { readonly rows: number | null }[]) => calls.map(({ rows }) => rows);

describe('a window', () => {
  it('6: leaves with its last row, whatever is left of the time', async () => {
    const { oracle, gather, metric } = await startBatching({ rows: 8, latencyMs: hour });
    const full = metric('outrigger_batch_flushes_total', { reason: 'full' });
    const answers = await gather(Array.from({ length: 8 }, (_, value) => sums(1, value)));
    expect(answers.map(({ json }) => /"data":\[(\d+)\]/.exec(json)?.[1])).toEqual('12345678'.split(''));
    expect(rowsOf(oracle.calls)).toEqual([8]);
    expect(metric('outrigger_batch_flushes_total', { reason: 'full' })).toBe(full + 1);
  });

  it('7: leaves before a request that would not fit, which begins the next', async () => {
    const { oracle, begin, waiting } = await startBatching({ rows: 8, latencyMs: hour });
    const first = begin(sums(5));
    await waiting(5);
    const second = begin(sums(4, 2));
    expect((await first.answer).status).toBe(200);
    expect(rowsOf(oracle.calls)).toEqual([5]);
    await waiting(4);
    const third = begin(sums(4, 3));
    expect((await Promise.all([second.answer, third.answer])).map(({ status }) => status)).toEqual([200, 200]);
    expect(rowsOf(oracle.calls)).toEqual([5, 8]);
  });

  it('7: waits for --max-latency at most', async () => {
    const { oracle, send, metric } = await startBatching({ rows: 8, latencyMs: 20 });
    expect((await send(sums(4))).status).toBe(200);
    expect(rowsOf(oracle.calls)).toEqual([4]);
    expect(metric('outrigger_batch_flushes_total', { reason: 'max_latency' })).toBe(1);
  });

  it('8: leaves before a request of a whole batch, which goes alone at once', async () => {
    const { oracle, begin, waiting, send } = await startBatching({ rows: 8, latencyMs: hour });
    const small = begin(sums(1));
    await waiting(1);
    expect((await send(sums(8, 2))).status).toBe(200);
    expect((await small.answer).status).toBe(200);
    expect(rowsOf(oracle.calls)).toEqual([1, 8]);
    expect(oracle.calls[1]?.body).toEqual(sums(8, 2).body);
  });

  it('the rows of a batch are bounded by the runtime’s own max_batch_size', async () => {
    const { oracle, gather } = await startBatching({ rows: 32, latencyMs: hour });
    await gather([sums(5), sums(3)]);
    expect(rowsOf(oracle.calls)).toEqual([8]);
  });

  it('requests are sent in the order in which they came', async () => {
    const { oracle, gather } = await startBatching({ rows: 8, latencyMs: hour });
    await gather([3, 1, 2, 5, 4, 8, 7, 6].map((value) => sums(1, value)));
    expect(oracle.calls[0]?.json).toContain('"data":[3,1,1,1,2,1,5,1,4,1,8,1,7,1,6,1]');
  });
});

describe('the adaptive policy', () => {
  it('sends to an idle runtime at once', async () => {
    const { oracle, send, metric } = await startBatching({ rows: 8, latencyMs: hour, policy: 'adaptive' });
    for (let value = 0; value < 5; value += 1) expect((await send(sums(1, value))).status).toBe(200);
    expect(rowsOf(oracle.calls)).toEqual([1, 1, 1, 1, 1]);
    expect(metric('outrigger_batch_flushes_total', { reason: 'max_latency' })).toBe(0);
  });

  it('sends what came while the runtime was busy as one call', async () => {
    const { oracle, begin, waiting } = await startBatching({ rows: 8, latencyMs: hour, policy: 'adaptive' });
    const gate = oracle.hold();
    const busy = begin(sums(1, 0));
    await oracle.received(1);
    const others = [1, 2, 3, 4].map((value) => begin(sums(1, value)));
    await waiting(4);
    expect(oracle.calls).toHaveLength(1);
    gate.open();
    const answers = await Promise.all([busy, ...others].map(({ answer }) => answer));
    expect(answers.map(({ json }) => /"data":\[(\d+)\]/.exec(json)?.[1])).toEqual('12345'.split(''));
    expect(rowsOf(oracle.calls)).toEqual([1, 4]);
  });
});

for (const policy of ['window', 'adaptive'] as const) {
  it(`70: what waits at SIGTERM is sent at once and answered (${policy})`, async () => {
    const { agent, oracle, begin, waiting } = await startBatching({ rows: 8, latencyMs: hour, policy });
    const gate = policy === 'adaptive' ? oracle.hold() : null;
    const first = begin(sums(1));
    if (gate !== null) await oracle.received(1);
    else await waiting(1);
    const second = begin(sums(2));
    await waiting(gate === null ? 3 : 2);
    const drained = agent.agent.drain();
    gate?.open();
    expect((await Promise.all([first.answer, second.answer])).map(({ status }) => status)).toEqual([200, 200]);
    expect(await drained).toBe(0);
    expect(oracle.calls.reduce((sum, { rows }) => sum + (rows ?? 0), 0)).toBe(3);
  });
}

it('--batcher-header tells what a batch was', async () => {
  const { gather } = await startBatching({ rows: 3, flags: ['--batcher-header'] });
  const answers = await gather([sums(1), sums(2)]);
  for (const { headers } of answers)
    expect(headers['outrigger-batch']).toMatch(/^rows=3;requests=2;wait-ms=\d+(\.\d+)?$/);
});

it('answers say nothing of the batch unless told to', async () => {
  const { gather } = await startBatching({ rows: 3 });
  for (const { headers } of await gather([sums(1), sums(2)])) expect(headers['outrigger-batch']).toBeUndefined();
});

describe('79: names and shapes of a hostile client', () => {
  it('are compared as names', async () => {
    const { oracle, gather, alone } = await startBatching({ rows: 2 });
    const sent = infer(
      `{"parameters":{"__proto__":1,"constructor":2},"inputs":[${input('__proto__', 'INT32', [1, 1], '[1]')},${input('constructor', 'INT32', [1, 1], '[2]')}]}`,
    );
    const [direct] = await alone([sent]);
    const answers = await gather([sent, sent]);
    expect(answers.map(({ json }) => json)).toEqual([direct?.json, direct?.json]);
    expect(rowsOf(oracle.calls)).toEqual([2]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('are kept apart up to --batcher-max-keys; beyond, 503 with Retry-After', async () => {
    const flags = ['--batcher-max-keys', '4'];
    const { begin, metric, send } = await startBatching({ rows: 8, latencyMs: hour, flags });
    const of = (inner: number): Sent =>
      infer(`{"inputs":[${input('x', 'INT32', [1, inner], `[${Array.from({ length: inner }, () => 1)}]`)}]}`);
    const waiting = [1, 3, 4, 5].map((inner) => begin(of(inner)));
    await eventually('four kinds wait', () => metric('outrigger_batch_waiting_rows') === 4);
    const refused = await send(of(6));
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    for (const { leave } of waiting) leave();
    await eventually('nothing waits', () => metric('outrigger_batch_waiting_rows') === 0);
    expect(metric('outrigger_batch_keys')).toBeLessThanOrEqual(4);
  });

  it('leave nothing behind, however many there were', async () => {
    const { send, metric } = await startBatching({ rows: 1, policy: 'adaptive', flags: ['--batcher-max-keys', '16'] });
    for (let name = 0; name < 300; name += 1)
      expect((await send(infer(`{"inputs":[${input(`x${name}`, 'INT32', [1, 1], '[1]')}]}`))).status).toBe(200);
    expect(metric('outrigger_batch_keys')).toBeLessThanOrEqual(16);
  });
});

const bounds: readonly (readonly [string, readonly string[], Sent])[] = [
  ['rows', ['--batcher-max-waiting-rows', '8'], sums(3)],
  ['bytes', ['--batcher-max-waiting-bytes', '300', '--batcher-max-body-bytes', '300'], sums(3)],
];

for (const [name, flags, sent] of bounds) {
  it(`a queue that is full of ${name} is 503 with Retry-After at once`, async () => {
    const { oracle, begin, send, metric } = await startBatching({
      rows: 8,
      latencyMs: hour,
      policy: 'adaptive',
      flags,
    });
    const gate = oracle.hold();
    const busy = begin(sums(1));
    await oracle.received(1);
    const queued = [begin(sent), begin(sent)];
    await eventually('two wait', () => metric('outrigger_batch_waiting_rows') === 6);
    const refused: number[] = [];
    for (let tries = 0; tries < 3; tries += 1) {
      const { status, headers } = await Promise.race([send(sent), busy.answer]);
      refused.push(status);
      expect(headers['retry-after']).toBe('1');
    }
    expect(refused).toEqual([503, 503, 503]);
    gate.open();
    const answers = await Promise.all([busy, ...queued].map(({ answer }) => answer));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
}

it('two models wait each for its own', async () => {
  const known = ['/v2/models/m/infer', '/v1/models/echo:predict'];
  const { oracle, begin, waiting } = await startBatching({ rows: 2, known });
  const instance = predict('{"instances":[[1]]}', 'echo');
  const first = [begin(sums(1)), begin(instance)];
  await waiting(2);
  const all = [...first, begin(sums(1)), begin(instance)];
  expect((await Promise.all(all.map(({ answer }) => answer))).map(({ status }) => status)).toEqual([
    200, 200, 200, 200,
  ]);
  expect(oracle.calls.map(({ path, rows }) => [path, rows]).toSorted()).toEqual([
    ['/v1/models/echo:predict', 2],
    ['/v2/models/m/infer', 2],
  ]);
});
