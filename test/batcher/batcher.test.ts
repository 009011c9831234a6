// Whatever becomes of a request, nothing of it stays behind: neither rows nor bytes, nor a call that others wait for.
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Batching, startBatching } from '../conformance/batching/batching.ts';
import { infer, input, predict, type Sent, sums } from '../conformance/batching/sent.ts';
import { eventually } from '../support/eventually.ts';
import { scripted } from '../support/oracle-runtime/runtime-answer.ts';
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';

const hour = 3_600_000;

async function expectNothingHeld({ metric }: Batching): Promise<void> {
  const held = () =>
    metric('outrigger_batch_waiting_rows') +
    metric('outrigger_batch_waiting_bytes') +
    metric('outrigger_requests_in_flight');
  await eventually('nothing is held', () => held() === 0);
}

const statuses = (answers: readonly { readonly status: number }[]): number[] => answers.map(({ status }) => status);
const gzipped = (sent: Sent): Sent => ({
  ...sent,
  headers: { ...sent.headers, 'Content-Encoding': 'gzip' },
  body: gzipSync(sent.body),
});

/** Each ends all of its requests in another way. */
const ends: Record<string, { settings?: Parameters<typeof startBatching>[0]; run(batching: Batching): Promise<void> }> =
  {
    'answers to a batch, compressed or not': {
      async run({ gather }) {
        expect(statuses(await gather([sums(1), gzipped(sums(1)), sums(1, 1, { 'Accept-Encoding': 'gzip' })]))).toEqual([
          200, 200, 200,
        ]);
      },
    },
    'the answer to a lone member': {
      async run({ send }) {
        expect((await send(sums(3))).status).toBe(200);
      },
    },
    'a failure of all': {
      async run({ oracle, gather }) {
        oracle.script(() => scripted(503, '{"error":"busy"}'));
        expect(statuses(await gather([sums(1), sums(2)]))).toEqual([503, 503]);
      },
    },
    'a member that is at fault': {
      async run({ gather }) {
        expect(statuses(await gather([sums(1), sums(1, 666), sums(1)]))).toEqual([200, 400, 200]);
      },
    },
    'an answer that cannot be split, then a quarantine': {
      async run({ oracle, gather, send, passed }) {
        oracle.script(() => scripted(200, '{"outputs":[]}'));
        expect(statuses(await gather([sums(1), sums(2)]))).toEqual([200, 200]);
        expect((await send(sums(1))).status).toBe(200);
        expect(passed('quarantined')).toBe(1);
      },
    },
    'a connection that breaks amid the answer': {
      async run({ oracle, gather }) {
        oracle.behave('m', { breaksOff: 'body' });
        expect(statuses(await gather([sums(1), sums(2)]))).toEqual([502, 502]);
      },
    },
    'clients that leave before the send': {
      settings: { latencyMs: hour },
      async run({ begin, waiting }) {
        const members = [begin(sums(1)), begin(gzipped(sums(1)))];
        await waiting(2);
        for (const { leave } of members) leave();
      },
    },
    'clients that leave after the send': {
      async run({ oracle, begin, waiting }) {
        oracle.hold();
        const first = begin(sums(1));
        await waiting(1);
        const second = begin(sums(2));
        await oracle.received(1);
        first.leave();
        second.leave();
      },
    },
    'a client that leaves amid its body': {
      async run({ agent, metric }) {
        const socket = connect(agent.port, '127.0.0.1').on('error', () => undefined);
        socket.write('POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n{"inputs":');
        await eventually('bytes are held', () => metric('outrigger_batch_waiting_bytes') > 0);
        socket.destroy();
      },
    },
    'deadlines before and after the send': {
      settings: { latencyMs: hour },
      async run({ oracle, send, begin, waiting }) {
        expect((await send(sums(1, 1, { 'grpc-timeout': '20m' }))).status).toBe(504);
        oracle.hold();
        const first = begin(sums(1, 1, { 'grpc-timeout': '200m' }));
        await waiting(1);
        const second = begin(sums(2, 1, { 'grpc-timeout': '100m' }));
        expect(statuses([await first.answer, await second.answer])).toEqual([504, 504]);
        expect(oracle.calls).toHaveLength(1);
        await eventually('the call is cancelled', () => oracle.calls[0]?.aborted);
      },
    },
    'requests that are passed on': {
      settings: { rows: 3, flags: ['--batcher-max-body-bytes', '2000'] },
      async run({ send, passed }) {
        const malformed = { ...sums(1), body: Buffer.from('{"inputs":') };
        const broken = { ...gzipped(sums(1)), body: Buffer.from('no gzip') };
        const sequence = infer(`{"parameters":{"sequence_id":7},"inputs":[${input('x', 'FP32', [1, 2], '[1,2]')}]}`);
        const large = infer(`{"inputs":[${input('x', 'FP32', [1, 2], '[1,2]')}]}${' '.repeat(100_000)}`);
        for (const sent of [malformed, broken, sequence, large, sums(4)]) await send(sent);
        const reasons = ['malformed', 'encoding', 'sequence', 'body_too_large', 'too_many_rows'] as const;
        expect(reasons.map((reason) => passed(reason))).toEqual([1, 1, 1, 1, 1]);
      },
    },
    'refusals for want of room': {
      settings: { rows: 3, latencyMs: hour, flags: ['--batcher-max-waiting-rows', '3'] },
      async run(batching) {
        const { begin, waiting, send, metric } = batching;
        const waiter = begin(sums(2));
        await waiting(2);
        expect((await send(sums(2))).status).toBe(503);
        const refused = () => metric('outrigger_refusals_total', { reason: 'batch_rows' });
        expect(refused()).toBe(1);
        expect((await send(sums(1))).status).toBe(200);
        expect((await waiter.answer).status).toBe(200);
      },
    },
    'V1 in the shape of KServe, with a header': {
      settings: { known: [], flags: ['--batcher-response', 'kserve', '--batcher-header'] },
      async run({ gather }) {
        const answers = await gather([predict('{"instances":[[1,1]]}'), predict('{"instances":[[2,1],[3,1]]}')]);
        expect(statuses(answers)).toEqual([200, 200]);
        for (const { headers } of answers) {
          expect(headers['outrigger-batch']).toMatch(/^rows=3;requests=2;wait-ms=\d+\.\d$/);
        }
      },
    },
    'a stop while requests wait': {
      settings: { latencyMs: hour },
      async run({ agent, begin, waiting }) {
        const members = [begin(sums(1)), begin(sums(1))];
        await waiting(2);
        const drained = agent.agent.drain();
        expect(statuses(await Promise.all(members.map(({ answer }) => answer)))).toEqual([200, 200]);
        expect(await drained).toBe(0);
      },
    },
    'a model that is loaded anew while requests wait': {
      settings: { latencyMs: hour },
      async run({ begin, waiting, send }) {
        const members = [begin(sums(1)), begin(sums(1))];
        await waiting(2);
        await send({ path: '/v2/repository/models/m/load', headers: {}, body: Buffer.from('{}') });
        expect(statuses(await Promise.all(members.map(({ answer }) => answer)))).toEqual([200, 200]);
      },
    },
  };

describe('no row and no byte stays behind', () => {
  for (const [name, { settings, run }] of Object.entries(ends)) {
    it(name, async () => {
      const batching = await startBatching(settings);
      await run(batching);
      await expectNothingHeld(batching);
    });
  }
});

it('a body that is passed on is held until it is answered: it is in memory so long', async () => {
  const batching = await startBatching({ rows: 3 });
  const gate = batching.oracle.hold();
  const call = batching.begin(sums(4));
  await batching.oracle.received(1);
  expect(batching.metric('outrigger_batch_waiting_bytes')).toBe(sums(4).body.length);
  expect(batching.metric('outrigger_batch_waiting_rows')).toBe(0);
  gate.open();
  expect((await call.answer).status).toBe(200);
  await expectNothingHeld(batching);
});

describe('a lone member with a large answer', () => {
  const large = 8 * 2 ** 20;

  it('that its client does not read keeps nobody of its kind waiting', async () => {
    const { oracle, agent, send } = await startBatching({ policy: 'adaptive', rows: 3, flags: ['--batcher-header'] });
    const head =
      '{"model_name":"m","outputs":[{"name":"y","shape":[1,1],"datatype":"FP32","data":[1]}],"parameters":{"p":"';
    oracle.script(({ json }) => (json.includes('[7,') ? scripted(200, `${head}${'x'.repeat(large)}"}}`) : null));
    const socket = connect(agent.port, '127.0.0.1').on('error', () => undefined);
    onTestFinished(() => {
      socket.destroy();
    });
    const { headers, path, body } = sums(1, 7);
    const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.pause();
    socket.write(`POST ${path} HTTP/1.1\r\nHost: h\r\n${fields.join('')}Content-Length: ${body.length}\r\n\r\n`);
    socket.write(body);
    await oracle.received(1);
    const others = await Promise.all([1, 2, 3, 4].map((value) => send(sums(1, value))));
    expect(statuses(others)).toEqual([200, 200, 200, 200]);
  });

  it('that breaks off amid it keeps nobody of its kind waiting', async () => {
    const { oracle, send } = await startBatching({ policy: 'adaptive', rows: 3 });
    oracle.behave('m', { breaksOff: 'body' });
    const broken = await send(sums(1)).then(
      ({ complete }) => complete,
      () => false,
    );
    expect(broken).toBe(false);
    oracle.behave('m', { breaksOff: null });
    expect((await send(sums(1))).status).toBe(200);
  });
});

it('random bytes as bodies are passed on and forgotten', async () => {
  const batching = await startBatching();
  const { sendAll } = batching;
  const random = seededRandom(seed);
  const randomBytes = (length: number) => Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
  const bodies = Array.from({ length: 40 }, (_, index) => ({ ...sums(1), body: randomBytes(index * 37) }));
  const answers = await sendAll(bodies);
  expect(statuses(answers).every((status) => status >= 400)).toBe(true);
  await expectNothingHeld(batching);
});
