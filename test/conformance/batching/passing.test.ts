// Vectors of protocol page 9 that are not for merging: they reach the runtime as they came, at once, counted by why.
import { expect, it } from 'vitest';
import type { PassReason } from '../../../src/batcher/pass-reason.ts';
import { type Batching, type BatchingSettings, patient, seen, startBatching } from './batching.ts';
import { hex, infer, input, type Sent, sums } from './sent.ts';

const x = input('x', 'FP32', [1, 2], '[1,2]');
const tensor = (shape: string, datatype: string, size: number): string =>
  `{"name":"x","shape":${shape},"datatype":"${datatype}","parameters":{"binary_data_size":${size}}}`;
const one = (text: string): Sent => infer(`{"inputs":[${text}]}`);
const withParameters = (parameters: string): Sent => infer(`{"parameters":${parameters},"inputs":[${x}]}`);
const withLength = (length: string): Sent =>
  infer(`{"inputs":[${x}]}`, { headers: { 'Inference-Header-Content-Length': length } });
const nestedTo = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`;

type Row = readonly [name: string, reason: PassReason, sent: Sent];

const rows: readonly Row[] = [
  ['9: more rows than a batch may have', 'too_many_rows', sums(9)],
  [
    '14: inputs of unequal rows',
    'unequal_rows',
    one(`${input('x', 'FP32', [2, 2], '[1,2,3,4]')},${input('z', 'FP32', [3, 2], '[1,2,3,4,5,6]')}`),
  ],
  ['15: no rows, as JSON', 'shape', one(input('x', 'FP32', [0, 2], '[]'))],
  ['15: no rows, as bytes', 'shape', infer(`{"inputs":[${tensor('[0,2]', 'FP32', 0)}]}`, { blob: Buffer.alloc(0) })],
  ['17: no dimension', 'shape', one(input('x', 'FP32', [], '[5]'))],
  ['a negative dimension', 'shape', one(input('x', 'FP32', [-1, 2], '[1,2]'))],
  [
    '30: BYTES whose length overruns',
    'data_size',
    infer(`{"inputs":[${tensor('[1]', 'BYTES', 7)}]}`, { blob: hex('64000000 616263') }),
  ],
  ['33: FP16 as JSON', 'datatype', one(input('x', 'FP16', [1, 1], '[1]'))],
  ['an unknown datatype', 'datatype', one(input('x', 'FP33', [1, 1], '[1]'))],
  ['37: an input named twice', 'duplicate_key', one(`${x},${x}`)],
  [
    '38: a key named twice',
    'duplicate_key',
    one('{"name":"x","shape":[1,2],"shape":[2,2],"datatype":"FP32","data":[1,2]}'),
  ],
  ['38: a key written in two ways', 'duplicate_key', infer(`{"id":"a","\\u0069d":"b","inputs":[${x}]}`)],
  ['39: an output named twice', 'duplicate_key', infer(`{"inputs":[${x}],"outputs":[{"name":"o_x"},{"name":"o_x"}]}`)],
  ['47: a sequence', 'sequence', withParameters('{"sequence_id":42}')],
  ['47: the start of a sequence', 'sequence', withParameters('{"sequence_start":true}')],
  ['47: a sequence by name', 'sequence', withParameters('{"sequence_id":"s"}')],
  [
    '48: an input in shared memory',
    'shared_memory',
    one(
      '{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"shared_memory_region":"r","shared_memory_byte_size":8}}',
    ),
  ],
  [
    '48: an output in shared memory',
    'shared_memory',
    infer(
      `{"inputs":[${x}],"outputs":[{"name":"o_x","parameters":{"shared_memory_region":"r","shared_memory_byte_size":8}}]}`,
    ),
  ],
  ['49: a raw binary body', 'raw_binary', { ...withLength('0'), body: hex('0000803f 00000040') }],
  ['50: a header longer than the body', 'header_length', withLength('1000')],
  ['50: a negative header length', 'header_length', withLength('-1')],
  ['50: a header length of letters', 'header_length', withLength('abc')],
  ['50: a header length beyond all bodies', 'header_length', withLength('99999999999')],
  [
    '52: bytes behind the last tensor',
    'data_size',
    infer(`{"inputs":[${tensor('[1,2]', 'FP32', 8)}]}`, { blob: hex('0000803f 00000040 00') }),
  ],
  [
    'a blob that is too short',
    'data_size',
    infer(`{"inputs":[${tensor('[1,2]', 'FP32', 8)}]}`, { blob: hex('0000803f') }),
  ],
  ['data that is not what the shape says', 'data_size', one(input('x', 'FP32', [1, 2], '[1,2,3]'))],
  ['no JSON', 'malformed', infer('{"inputs":')],
  ['an id that is no string', 'malformed', infer(`{"id":1,"inputs":[${x}]}`)],
  ['data deeper than 100', 'malformed', one(input('x', 'FP32', [1, 1], nestedTo(101)))],
  ['a key that nobody knows', 'unknown_key', infer(`{"k":1,"inputs":[${x}]}`)],
  ['a parameter of the runtime’s own', 'runtime_parameter', withParameters('{"triton_final_response":true}')],
  ['a CloudEvent', 'cloud_event', infer(`{"inputs":[${x}]}`, { headers: { 'Ce-Id': '1', 'Ce-Specversion': '1.0' } })],
];

async function expectPassed(batching: Batching, sent: Sent, reason: PassReason): Promise<void> {
  const { oracle, alone, send, passed } = batching;
  const [direct] = (await alone([sent])).map(seen);
  const before = passed();
  const answer = seen(await send(sent));
  expect(answer).toEqual(direct);
  expect(oracle.calls.map((call) => [call.path, call.body])).toEqual([[sent.path, sent.body]]);
  const lengths = [oracle.calls[0]?.headers['inference-header-content-length']];
  expect(lengths).toEqual([sent.headers['Inference-Header-Content-Length']]);
  expect([passed(reason), passed()]).toEqual([1, before + 1]);
}

for (const [name, reason, sent] of rows) {
  it(`${name} (${reason})`, async () => {
    await expectPassed(await startBatching({ rows: 32 }), sent, reason);
  });
}

it('a body above --batcher-max-body-bytes (body_too_large)', async () => {
  const batching = await startBatching({ rows: 8, flags: ['--batcher-max-body-bytes', '400'] });
  await expectPassed(
    batching,
    infer(`{"inputs":[${input('x', 'FP32', [1, 200], `[${'1,'.repeat(199)}1]`)}]}`),
    'body_too_large',
  );
});

const unbatchable: readonly (readonly [string, BatchingSettings])[] = [
  ['its config says that it does not batch', { prepare: (oracle) => oracle.behave('m', { maxBatchRows: 0 }) }],
  ['its config says one row', { prepare: (oracle) => oracle.behave('m', { maxBatchRows: 1 }) }],
];

for (const [name, settings] of unbatchable) {
  it(`a model passes alone when ${name} (model_unbatchable)`, async () => {
    const { send, passed } = await startBatching({ rows: 8, known: ['/v2/models/echo/infer'], ...settings });
    await send(sums(1));
    await expect.poll(async () => (await send(sums(1))) && passed('model_unbatchable') > 0, patient).toBe(true);
  });
}

it('a model is asked about once, and the requests meanwhile pass alone (model_unread)', async () => {
  const { oracle, send, passed } = await startBatching({ known: [] });
  const answer = await send(sums(1));
  expect(answer.status).toBe(200);
  expect(passed('model_unread')).toBe(1);
  await expect.poll(() => oracle.pages.filter((page) => page === 'GET /v2/models/m/config').length, patient).toBe(1);
});

it('75: what is no inference passes, and is not counted', async () => {
  const { oracle, send, passed } = await startBatching();
  const before = passed();
  const answer = await send({ ...infer('{"text_input":"a"}'), path: '/v2/models/m/generate_stream' });
  expect(answer.status).toBe(404);
  expect(oracle.pages).toEqual(['POST /v2/models/m/generate_stream']);
  expect(passed()).toBe(before);
});
