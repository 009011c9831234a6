// A runtime that fails a batch (vectors 24, 65-67, 71, 72, A9): each caller gets the failure that is its own, and no failure is a 200.
import { expect, it } from 'vitest';
import { openOracle } from '../../support/oracle-runtime/oracle.ts';
import { type RuntimeAnswer, scripted } from '../../support/oracle-runtime/runtime-answer.ts';
import { type Batching, seen, startBatching } from './batching.ts';
import type { Received } from './caller.ts';
import { infer, input, type Sent, sums } from './sent.ts';

const reruns = ({ metric }: Batching): number => metric('outrigger_batch_reruns_total');
const statuses = (answers: readonly Received[]): number[] => answers.map(({ status }) => status);

it('65: one bad request of three: the others have their answers, after exactly three calls more', async () => {
  const batching = await startBatching();
  const members = [sums(1, 1), sums(1, 666), sums(1, 3)];
  const direct = (await batching.alone(members)).map(seen);
  expect(direct.map(({ status }) => status)).toEqual([200, 400, 200]);
  expect((await batching.gather(members)).map(seen)).toEqual(direct);
  expect(batching.oracle.calls.map(({ rows }) => rows)).toEqual([3, 1, 1, 1]);
  expect(reruns(batching)).toBe(3);
});

it('65: those that are run alone are sent as they came', async () => {
  const { oracle, gather } = await startBatching();
  const odd = infer('{ "id":"z", "inputs":[{"shape":[1, 2],"name":"x","datatype":"FP32","data":[[1.0, 2]]}] }', {
    model: 'm',
  });
  await gather([odd, sums(1, 666), sums(1)]);
  expect(oracle.calls.filter((call) => call.body.equals(odd.body))).toHaveLength(1);
});

it('A9: an integer that is none fails its sender only', async () => {
  const { gather, alone } = await startBatching();
  const of = (data: string): Sent => infer(`{"inputs":[${input('k', 'INT32', [1, 1], data)}]}`);
  const members = [of('[1]'), of('[1.5]'), of('[3]')];
  const direct = (await alone(members)).map(seen);
  expect(direct.map(({ status }) => status)).toEqual([200, 500, 200]);
  expect((await gather(members)).map(seen)).toEqual(direct);
});

it('24: a number that is too large fails its sender only', async () => {
  const { gather, alone } = await startBatching({ rows: 2 });
  const of = (data: string): Sent => infer(`{"inputs":[${input('k', 'FP32', [1, 1], data)}]}`);
  const members = [of('[1e400]'), of('[2]')];
  const direct = (await alone(members)).map(seen);
  expect(direct.map(({ status }) => status)).toEqual([500, 200]);
  expect((await gather(members)).map(seen)).toEqual(direct);
});

it('35: 1 for a boolean fails its sender only', async () => {
  const { gather, alone } = await startBatching({ rows: 2 });
  const of = (data: string): Sent => infer(`{"inputs":[${input('k', 'BOOL', [1, 1], data)}]}`);
  const members = [of('[true]'), of('[1]')];
  const direct = (await alone(members)).map(seen);
  expect(direct.map(({ status }) => status)).toEqual([200, 500]);
  expect((await gather(members)).map(seen)).toEqual(direct);
});

it('--batcher-rerun=false: a failed batch is the failure of all, and nothing is sent twice', async () => {
  const batching = await startBatching({ flags: ['--batcher-rerun=false'] });
  const answers = await batching.gather([sums(1, 1), sums(1, 666), sums(1, 3)]);
  expect(statuses(answers)).toEqual([400, 400, 400]);
  for (const { json } of answers) expect(json).toBe('{"error":"value 666 cannot be served"}');
  expect(batching.oracle.calls).toHaveLength(1);
  expect(reruns(batching)).toBe(0);
});

it('66: a runtime that is busy is busy for all, with its Retry-After and without a second call', async () => {
  const batching = await startBatching();
  batching.oracle.behave('m', { retryAfterS: 7 });
  const answers = await batching.gather([sums(1), sums(1), sums(1)]);
  expect(answers.map(({ status, headers, json }) => [status, headers['retry-after'], json])).toEqual(
    Array.from({ length: 3 }, () => [503, '7', '{"error":"Exceeds maximum queue size"}']),
  );
  expect(batching.oracle.calls).toHaveLength(1);
  expect(reruns(batching)).toBe(0);
});

for (const status of [401, 403, 404, 405, 429, 501]) {
  it(`${status} is the answer to all, without a second call`, async () => {
    const batching = await startBatching();
    batching.oracle.script(() => scripted(status, `{"error":"it is ${status}"}`));
    const answers = await batching.gather([sums(1), sums(1), sums(1)]);
    const one = { status, type: 'application/json', headerBytes: undefined, body: `{"error":"it is ${status}"}` };
    expect(answers.map(seen)).toEqual([one, one, one]);
    expect(batching.oracle.calls).toHaveLength(1);
  });
}

for (const breaksOff of ['head', 'body'] as const) {
  it(`67: a runtime that closes amid the ${breaksOff} is 502 to all`, async () => {
    const batching = await startBatching();
    batching.oracle.behave('m', { breaksOff });
    const answers = await batching.gather([sums(1), sums(1), sums(1)]);
    expect(statuses(answers)).toEqual([502, 502, 502]);
    for (const { json } of answers) expect(Object.keys(JSON.parse(json) as object)).toEqual(['error']);
    expect(batching.metric('outrigger_batch_waiting_rows')).toBe(0);
  });
}

it('67: a blob that is cut short is nobody’s: each has what it gets alone', async () => {
  const { oracle, gather, alone } = await startBatching({ rows: 2 });
  oracle.behave('m', { breaksOff: 'blob' });
  const of = (value: number) =>
    infer(`{"parameters":{"binary_data_output":true},"inputs":[${input('x', 'FP32', [1, 2], `[${value},1]`)}]}`, {
      model: 'm',
    });
  const members = [of(1), of(2)];
  const direct = (await alone(members)).map(seen);
  expect((await gather(members)).map(seen)).toEqual(direct);
  expect(oracle.calls).toHaveLength(3);
});

it('71: the content type of a failure is kept', async () => {
  const { oracle, gather, alone } = await startBatching({ rows: 2 });
  oracle.behave('m', { plainErrors: true });
  const members = [sums(1, 666), sums(1, 1)];
  const direct = (await alone(members)).map(seen);
  expect(direct[0]).toMatchObject({ status: 400, type: 'text/plain' });
  expect((await gather(members)).map(seen)).toEqual(direct);
});

it('72: a 422 of FastAPI comes through untouched', async () => {
  const { oracle, gather } = await startBatching({ rows: 2 });
  const detail: RuntimeAnswer = scripted(422, '{"detail":[{"loc":["body","inputs",0],"msg":"é"}]}');
  oracle.script(() => detail);
  const answers = await gather([sums(1), sums(1)]);
  const one = { status: 422, type: 'application/json', headerBytes: undefined, body: detail.body.toString('latin1') };
  expect(answers.map(seen)).toEqual([one, one]);
});

it('a batch that fails though none of its requests does alone: all have their answers', async () => {
  const { oracle, gather, alone } = await startBatching();
  const members = [1, 2, 3].map((value) => sums(1, value));
  const direct = (await alone(members)).map(seen);
  oracle.script((call) => (call.json.includes('"shape":[3,2]') ? scripted(500, '{"error":"out of memory"}') : null));
  expect((await gather(members)).map(seen)).toEqual(direct);
});

it('a runtime that is gone is for all what it is for one alone, and back as soon as it is', async () => {
  const { oracle, gather, send } = await startBatching({ rows: 2 });
  await oracle.stop();
  const direct = await send({ ...sums(1), path: '/v2/models/m/generate' });
  expect(direct.status).toBeGreaterThanOrEqual(502);
  expect(statuses(await gather([sums(1, 1), sums(1, 2)]))).toEqual([direct.status, direct.status]);
  const again = await openOracle(oracle.port);
  expect(statuses(await gather([sums(1, 1), sums(1, 2)]))).toEqual([200, 200]);
  expect(again.calls.map(({ rows }) => rows)).toEqual([2]);
});
