// Answers to batches that say something else than one row for each row (vectors 61-64): nobody is given another's rows.
import { expect, it } from 'vitest';
import type { Behaviour } from '../../support/oracle-runtime/behaviour.ts';
import { scripted } from '../../support/oracle-runtime/runtime-answer.ts';
import { type BatchingSettings, patient, seen, startBatching } from './batching.ts';
import { hex, infer, input, type Sent, sums } from './sent.ts';

const x = (value: number): string => input('x', 'FP32', [1, 2], `[${value},1]`);
const asking = (outputs: string, value: number): Sent =>
  infer(`{"inputs":[${x(value)}],"outputs":${outputs}}`, { model: 'm' });

interface Unsplittable {
  readonly name: string;
  readonly behaviour: Partial<Behaviour>;
  readonly members?: readonly Sent[];
}

const unsplittable: readonly Unsplittable[] = [
  { name: '61, A10: one row whatever was asked for', behaviour: { batchDimension: false } },
  { name: '62: two rows for each', behaviour: { timesEachRow: 2 } },
  { name: 'a row too few', behaviour: { surplusRows: -1 } },
  { name: 'a row too many', behaviour: { surplusRows: 1 } },
  {
    name: '63: an output that was asked for is missing',
    behaviour: { omitted: ['y'] },
    members: [1, 2, 3].map((value) => asking('[{"name":"y"},{"name":"p"}]', value)),
  },
  { name: '63: no outputs', behaviour: { omitted: ['y', 'p'] } },
];

for (const { name, behaviour, members = [1, 2, 3].map((value) => sums(1, value)) } of unsplittable) {
  it(`${name}: each is run alone, and its kind is not merged for a while`, async () => {
    const { oracle, gather, alone, metric, passed, send } = await startBatching();
    oracle.behave('m', behaviour);
    const direct = (await alone(members)).map(seen);
    expect((await gather(members)).map(seen)).toEqual(direct);
    expect(oracle.calls.map((call) => call.rows)).toEqual([3, 1, 1, 1]);
    expect(new Set(oracle.calls.slice(1).map(({ json }) => json))).toEqual(
      new Set(members.map(({ body }) => `${body}`)),
    );
    expect(metric('outrigger_batch_reruns_total')).toBe(3);
    expect(metric('outrigger_batch_quarantines_total')).toBe(1);
    expect(seen(await send(members[0] as Sent))).toEqual(direct[0]);
    expect(passed('quarantined')).toBe(1);
  });
}

interface Scripted {
  readonly name: string;
  readonly answer: string;
}

const answers: readonly Scripted[] = [
  { name: 'no JSON', answer: 'rows' },
  { name: 'an output named twice', answer: outputs('"y"', '[3,1]', '[1,2,3]', 2) },
  { name: 'fewer numbers than the shape says', answer: outputs('"y"', '[3,1]', '[1,2]') },
  { name: 'a shape of more rows than numbers', answer: outputs('"y"', '[6,1]', '[1,2,3]') },
  { name: 'a shape of fewer rows than numbers', answer: outputs('"y"', '[1,1]', '[1,2,3]') },
  { name: 'rows in the second dimension', answer: outputs('"y"', '[1,3]', '[1,2,3]') },
  { name: 'more numbers than the shape says', answer: outputs('"y"', '[3,1]', '[1,2,3,4]') },
  { name: 'no shape', answer: '{"outputs":[{"name":"y","datatype":"FP32","data":[1,2,3]}]}' },
  { name: 'a number that is none', answer: outputs('"y"', '[3,1]', '[1,x,3]') },
  { name: 'outputs that are no list', answer: '{"outputs":{}}' },
  { name: 'a broken end', answer: outputs('"y"', '[3,1]', '[1,2,3]').slice(0, -1) },
  { name: 'outputs twice', answer: `{"outputs":[],${outputs('"y"', '[3,1]', '[1,2,3]').slice(1)}` },
];

function outputs(name: string, shape: string, data: string, times = 1): string {
  const output = `{"name":${name},"datatype":"FP32","shape":${shape},"data":${data}}`;
  return `{"outputs":[${Array.from({ length: times }, () => output)}]}`;
}

for (const { name, answer } of answers) {
  it(`an answer with ${name} is taken apart by nobody`, async () => {
    const { oracle, gather, alone } = await startBatching();
    const members = [1, 2, 3].map((value) => sums(1, value));
    const direct = (await alone(members)).map(seen);
    oracle.script((call) => (call.json.includes('"shape":[3,2]') ? scripted(200, answer) : null));
    expect((await gather(members)).map(seen)).toEqual(direct);
    expect(oracle.calls).toHaveLength(4);
  });
}

it('45, A7: classes with labels are split by rows of two', async () => {
  const { oracle, gather } = await startBatching({ rows: 2 });
  const classes = (shape: string, data: string): string =>
    `{"outputs":[{"name":"p","datatype":"BYTES","shape":${shape},"data":${data}}]}`;
  oracle.script(() => scripted(200, classes('[2,2]', '["0.9:3:cat","0.1:1:dog","0.7:0","0.3:2"]')));
  const sent = asking('[{"name":"p","parameters":{"classification":2}}]', 1);
  expect((await gather([sent, sent])).map(({ json }) => json)).toEqual([
    classes('[1,2]', '["0.9:3:cat","0.1:1:dog"]'),
    classes('[1,2]', '["0.7:0","0.3:2"]'),
  ]);
});

it('64: outputs in another order are those of their names, and stay in the order of the runtime', async () => {
  const { oracle, gather, alone } = await startBatching({ rows: 2 });
  oracle.behave('m', { reversed: true });
  const members = [1, 2].map((value) => asking('[{"name":"y"},{"name":"p"}]', value));
  const direct = (await alone(members)).map(seen);
  expect(direct[0]?.body).toMatch(/"name":"p".*"name":"y"/);
  expect((await gather(members)).map(seen)).toEqual(direct);
  expect(oracle.calls).toHaveLength(1);
});

it('64: so are binary outputs', async () => {
  const { oracle, gather, alone } = await startBatching({ rows: 2 });
  oracle.behave('echo', { reversed: true });
  const tensor = (name: string, size: number) =>
    `{"name":"${name}","shape":[1,${size}],"datatype":"UINT8","parameters":{"binary_data_size":${size}}}`;
  const of = (blob: string) =>
    infer(`{"parameters":{"binary_data_output":true},"inputs":[${tensor('b', 1)},${tensor('c', 2)}]}`, {
      blob: hex(blob),
    });
  const members = [of('01 0203'), of('04 0506')];
  const direct = (await alone(members)).map(seen);
  expect((await gather(members)).map(seen)).toEqual(direct);
  expect(oracle.calls).toHaveLength(1);
});

it('nested answers are split by rows too', async () => {
  const { oracle, gather } = await startBatching();
  oracle.behave('echo', { nested: true });
  const of = (rows: number, data: string) => infer(`{"inputs":[${input('x', 'INT32', [rows, 2], data)}]}`);
  const [toA, toB] = await gather([of(1, '[1,2]'), of(2, '[3,4,5,6]')]);
  const shapeAndNumbers = (json = ''): unknown[] => {
    const [output] = (JSON.parse(json) as { outputs: { shape: number[]; data: number[][] }[] }).outputs;
    return [output?.shape, output?.data.flat()];
  };
  expect(shapeAndNumbers(toA?.json)).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(shapeAndNumbers(toB?.json)).toEqual([
    [2, 2],
    [3, 4, 5, 6],
  ]);
  expect(oracle.calls).toHaveLength(1);
});

const ids = ({ json }: { readonly json: string }): unknown => (JSON.parse(json) as { id?: string }).id;
const members = ['"id":"a",', '', '"id":"",'].map((id) => infer(`{${id}"inputs":[${x(1)}]}`, { model: 'm' }));

it('54: a runtime that echoes ids: each has its own, absent stays absent', async () => {
  const { gather } = await startBatching();
  expect((await gather(members)).map(ids)).toEqual(['a', undefined, undefined]);
});

it('54: a runtime that invents ids: whoever has none gets one of its own', async () => {
  const { oracle, gather } = await startBatching();
  oracle.behave('m', { ids: 'invent' });
  const [toA, toB, toC] = (await gather(members)).map(ids);
  expect(oracle.calls).toHaveLength(1);
  expect(toA).toBe('a');
  expect([toB, toC].map((id) => typeof id)).toEqual(['string', 'string']);
  expect(new Set([toA, toB, toC]).size).toBe(3);
});

it('a runtime that wants an id gets one with its batches', async () => {
  const required: BatchingSettings = {
    known: ['/v2/models/echo/infer'],
    prepare: (oracle) => oracle.behave('m', { ids: 'required' }),
  };
  const { oracle, sendAll, gather } = await startBatching(required);
  const named = (id: string) => infer(`{"id":"${id}","inputs":[${x(1)}]}`, { model: 'm' });
  const all = ['a', 'b', 'c'].map(named);
  await expect
    .poll(async () => (await sendAll(all)) && oracle.calls.some((call) => call.rows === 3), patient)
    .toBe(true);
  oracle.forget();
  expect((await gather(all)).map(ids)).toEqual(['a', 'b', 'c']);
  expect(oracle.calls.map((call) => call.rows)).toEqual([3]);
});

it('a runtime that compresses unasked is understood', async () => {
  const { oracle, gather, alone } = await startBatching();
  const all = [1, 2, 3].map((value) => sums(1, value));
  const direct = (await alone(all)).map(({ json }) => json);
  const { gzipSync, gunzipSync } = await import('node:zlib');
  oracle.script((call) => {
    if (!call.json.includes('"shape":[3,2]')) return null;
    const body = gzipSync(
      '{"model_name":"m","model_version":"1","outputs":[{"name":"y","datatype":"FP32","shape":[3,1],"data":[2,3,4]}]}',
    );
    return { status: 200, headers: ['Content-Type', 'application/json', 'Content-Encoding', 'gzip'], body };
  });
  const plain = (await gather(all)).map(({ headers, body }) =>
    String(headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body),
  );
  expect(plain).toEqual(direct);
});
