// Vectors of protocol page 9 that are merged, byte for byte: what the runtime is sent, and what each caller is answered.
import { expect, it } from 'vitest';
import { scripted } from '../../support/oracle-runtime/runtime-answer.ts';
import { seen, startBatching } from './batching.ts';
import { hex, infer, input, sums } from './sent.ts';

const y = (rows: number, data: string, id = ''): string =>
  `{${id}"model_name":"m","model_version":"1","outputs":[{"name":"y","datatype":"FP32","shape":[${rows},1],"data":${data}}]}`;

function binarySums(id: string, rows: number, blob: Buffer) {
  const x = `{"name":"x","shape":[${rows},2],"datatype":"FP32","parameters":{"binary_data_size":${blob.length}}}`;
  const outputs = '[{"name":"y","parameters":{"binary_data":true}}]';
  return infer(`{"id":"${id}","inputs":[${x}],"outputs":${outputs}}`, { model: 'm', blob });
}

it('1: two binary requests become one, and each gets its rows with its id', async () => {
  const batching = await startBatching();
  const a = binarySums('a', 1, hex('0000803f 00000040'));
  const b = binarySums('b', 2, hex('00004040 00008040 0000a040 0000c040'));
  expect([a.headers, b.headers].map((each) => each['Inference-Header-Content-Length'])).toEqual(['161', '162']);
  const [toA, toB] = await batching.gather([a, b]);
  expect(batching.oracle.calls).toHaveLength(1);
  const [call] = batching.oracle.calls;
  expect(call?.json).toBe(
    '{"inputs":[{"name":"x","shape":[3,2],"datatype":"FP32","parameters":{"binary_data_size":24}}],"outputs":[{"name":"y","parameters":{"binary_data":true}}]}',
  );
  expect(call?.headers).toMatchObject({
    'inference-header-content-length': '153',
    'content-length': '177',
    'content-type': 'application/octet-stream',
  });
  expect(call?.blob).toEqual(hex('0000803f 00000040 00004040 00008040 0000a040 0000c040'));
  const answer = (id: string, rows: number): string =>
    `{"id":"${id}","model_name":"m","model_version":"1","outputs":[{"name":"y","datatype":"FP32","shape":[${rows},1],"parameters":{"binary_data_size":${4 * rows}}}]}`;
  expect([toA?.json, toA?.blob]).toEqual([answer('a', 1), hex('00004040')]);
  expect([toB?.json, toB?.blob]).toEqual([answer('b', 2), hex('0000e040 00003041')]);
  for (const each of [toA, toB])
    expect(each?.headers).toMatchObject({
      'inference-header-content-length': '140',
      'content-type': 'application/octet-stream',
    });
});

it('2: flat and nested JSON become one flat list', async () => {
  const { oracle, gather } = await startBatching();
  const a = infer(`{"id":"a","inputs":[${input('x', 'FP32', [1, 2], '[1,2]')}]}`, { model: 'm' });
  const b = infer(`{"id":"b","inputs":[${input('x', 'FP32', [2, 2], '[[3,4],[5,6]]')}]}`, { model: 'm' });
  const [toA, toB] = await gather([a, b]);
  expect(oracle.calls.map((call) => call.json)).toEqual([
    '{"inputs":[{"name":"x","shape":[3,2],"datatype":"FP32","data":[1,2,3,4,5,6]}]}',
  ]);
  expect(toA?.json).toBe(y(1, '[3]', '"id":"a",'));
  expect(toB?.json).toBe(y(2, '[7,11]', '"id":"b",'));
});

it('3: white space in the data is tolerated', async () => {
  const { oracle, gather } = await startBatching();
  const pretty = JSON.stringify({ inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP32', data: [[1, 2]] }] }, null, 2);
  const flat = `{"inputs":[${input('x', 'FP32', [2, 2], '[3,4,5,6]')}]}`;
  const [toA, toB] = await gather([infer(pretty, { model: 'm' }), infer(flat, { model: 'm' })]);
  expect(oracle.calls.map((call) => call.json)).toEqual([
    '{"inputs":[{"name":"x","shape":[3,2],"datatype":"FP32","data":[1,2,3,4,5,6]}]}',
  ]);
  expect([toA?.json, toB?.json]).toEqual([y(1, '[3]'), y(2, '[7,11]')]);
});

it('5: a lone member keeps its original bytes, and so does its answer', async () => {
  const { oracle, alone, send } = await startBatching({ latencyMs: 20 });
  const body = '{ "inputs" : [ {"shape":[1, 2],"name":"x", "datatype":"FP32","data":[[1.0,\n 2]]} ], "id":"a" }';
  const sent = infer(body, { model: 'm', headers: { 'X-Odd': 'kept' } });
  const [direct] = await alone([sent]);
  const answer = await send(sent);
  expect(oracle.calls.map((call) => call.body)).toEqual([sent.body]);
  expect(oracle.calls[0]?.headers['x-odd']).toBe('kept');
  expect(seen(answer)).toEqual(direct === undefined ? null : seen(direct));
});

it('12, A1: inputs in another order are joined by name', async () => {
  const { oracle, gather } = await startBatching({ rows: 2 });
  const of = (name: string, datatype: string, rows = 1) =>
    `{"name":"${name}","shape":[${rows},1],"datatype":"${datatype}","parameters":{"binary_data_size":${4 * rows}}}`;
  const a = infer(`{"inputs":[${of('x', 'FP32')},${of('z', 'INT32')}]}`, { blob: hex('0000803f 07000000') });
  const b = infer(`{"inputs":[${of('z', 'INT32')},${of('x', 'FP32')}]}`, { blob: hex('09000000 00000040') });
  const [toA, toB] = await gather([a, b]);
  expect(oracle.calls.map((call) => call.json)).toEqual([`{"inputs":[${of('x', 'FP32', 2)},${of('z', 'INT32', 2)}]}`]);
  expect(oracle.calls[0]?.blob).toEqual(hex('0000803f 00000040 07000000 09000000'));
  const echoed = (x: string, z: string): string =>
    `{"model_name":"echo","model_version":"1","outputs":[{"name":"o_x","datatype":"FP32","shape":[1,1],"data":[${x}]},{"name":"o_z","datatype":"INT32","shape":[1,1],"data":[${z}]}]}`;
  expect([toA?.json, toB?.json]).toEqual([echoed('1', '7'), echoed('2', '9')]);
});

it('16, A11: rows without elements are split, and answers of no bytes are plain JSON', async () => {
  const { oracle, gather } = await startBatching();
  const empty = (rows: number, id: string) =>
    infer(
      `{"id":"${id}","parameters":{"binary_data_output":true},"inputs":[{"name":"x","shape":[${rows},0],"datatype":"FP32","parameters":{"binary_data_size":0}}]}`,
      { blob: Buffer.alloc(0) },
    );
  const answers = await gather([empty(2, 'a'), empty(1, 'b')]);
  expect(oracle.calls.map((call) => call.json)).toEqual([
    '{"parameters":{"binary_data_output":true},"inputs":[{"name":"x","shape":[3,0],"datatype":"FP32","parameters":{"binary_data_size":0}}]}',
  ]);
  const answer = (rows: number, id: string): string =>
    `{"id":"${id}","model_name":"echo","model_version":"1","outputs":[{"name":"o_x","datatype":"FP32","shape":[${rows},0],"parameters":{"binary_data_size":0}}]}`;
  expect(answers.map(seen)).toEqual([
    { status: 200, type: 'application/json', headerBytes: undefined, body: answer(2, 'a') },
    { status: 200, type: 'application/json', headerBytes: undefined, body: answer(1, 'b') },
  ]);
});

it('A11: a runtime that counts the header of its empty answer is told apart from none', async () => {
  const { oracle, gather } = await startBatching({ rows: 2 });
  oracle.script(() =>
    scripted(
      200,
      '{"model_name":"m","model_version":"1","outputs":[{"name":"y","datatype":"FP32","shape":[2,0],"parameters":{"binary_data_size":0}}]}',
      Buffer.alloc(0),
    ),
  );
  const answers = await gather([sums(1), sums(1)]);
  const body =
    '{"model_name":"m","model_version":"1","outputs":[{"name":"y","datatype":"FP32","shape":[1,0],"parameters":{"binary_data_size":0}}]}';
  const expected = { status: 200, type: 'application/json', headerBytes: undefined, body };
  expect(answers.map(seen)).toEqual([expected, expected]);
});

it('18: rank 1 has rows of one element', async () => {
  const { oracle, gather } = await startBatching({ rows: 4 });
  const [toA, toB] = await gather([
    infer(`{"inputs":[${input('x', 'INT32', [1], '[1]')}]}`),
    infer(`{"inputs":[${input('x', 'INT32', [3], '[2,3,4]')}]}`),
  ]);
  expect(oracle.calls.map((call) => call.json)).toEqual([`{"inputs":[${input('x', 'INT32', [4], '[1,2,3,4]')}]}`]);
  expect(toA?.json).toContain('"shape":[1],"data":[1]');
  expect(toB?.json).toContain('"shape":[3],"data":[2,3,4]');
});

it('mixed inputs, one as JSON and one as bytes, are each joined in their own form', async () => {
  const { oracle, gather } = await startBatching({ rows: 2 });
  const mixed = (x: string, blob: string) =>
    infer(
      `{"inputs":[${input('x', 'FP32', [1, 1], x)},{"name":"z","shape":[1,1],"datatype":"INT32","parameters":{"binary_data_size":4}}],"outputs":[{"name":"o_x","parameters":{"binary_data":true}},{"name":"o_z"}]}`,
      { blob: hex(blob) },
    );
  const [toA, toB] = await gather([mixed('[1]', '07000000'), mixed('[[2]]', '09000000')]);
  expect(oracle.calls).toHaveLength(1);
  expect(oracle.calls[0]?.json).toContain('"shape":[2,1],"datatype":"FP32","data":[1,2]');
  expect(oracle.calls[0]?.blob).toEqual(hex('07000000 09000000'));
  expect([toA?.blob, toB?.blob]).toEqual([hex('0000803f'), hex('00000040')]);
  expect([toA?.json, toB?.json].map((json) => /"data":(\[.\])/.exec(json ?? '')?.[1])).toEqual(['[7]', '[9]']);
});
