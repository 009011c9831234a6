import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { binaryRequest, startTestRuntime, type TestRuntime } from './runtime-client.ts';

const MAX_BODY_BYTES = 20_000;
const INFER = '/v2/models/digits/infer';
const PIXELS = new Array(64).fill(3);
const INPUT = { name: 'x', datatype: 'FP32', shape: [1, 64], data: PIXELS };
const SIZED = { name: 'x', datatype: 'FP32', shape: [1, 64], parameters: { binary_data_size: 256 } };

let runtime: TestRuntime;
beforeAll(async () => {
  runtime = await startTestRuntime({ maxBodyBytes: MAX_BODY_BYTES, maxBatchSize: 8 });
});
afterAll(() => runtime.stop());

test('health, metadata and configuration have the shapes of the protocol', async () => {
  expect((await runtime.get('/v2/health/live')).json).toEqual({ live: true });
  expect((await runtime.get('/v2/health/ready')).json).toEqual({ ready: true });
  expect((await runtime.get('/v2')).json).toMatchObject({
    name: expect.any(String),
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    extensions: expect.arrayContaining(['binary_tensor_data', 'model_repository']),
  });
  for (const path of ['/v2/models/digits', '/v2/models/digits/versions/1', '/v2/models/%64igits?x=y']) {
    expect((await runtime.get(path)).json).toEqual({
      name: 'digits',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 64] }],
      outputs: [
        { name: 'label', datatype: 'INT64', shape: [-1] },
        { name: 'probabilities', datatype: 'FP32', shape: [-1, 10] },
      ],
    });
  }
  expect((await runtime.get('/v2/models/digits/ready')).json).toEqual({ name: 'digits', ready: true });
  expect((await runtime.get('/v2/models/digits/config')).json).toMatchObject({
    name: 'digits',
    max_batch_size: 8,
    input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [64] }],
    output: [
      { name: 'label', data_type: 'TYPE_INT64', dims: [] },
      { name: 'probabilities', data_type: 'TYPE_FP32', dims: [10] },
    ],
  });
});

test('an id comes back verbatim, and none when none was sent', async () => {
  expect((await runtime.post(INFER, { id: 'a"é', inputs: [INPUT] })).json.id).toBe('a"é');
  expect((await runtime.post(INFER, { id: '', inputs: [INPUT] })).json.id).toBe('');
  expect((await runtime.post(INFER, { inputs: [INPUT] })).json).not.toHaveProperty('id');
});

test('any Content-Type will do, and unknown fields of a request are ignored', async () => {
  const body = JSON.stringify({ model_name: 'digits', inputs: [INPUT], outputs: [] });
  for (const type of ['application/json', 'application/octet-stream', 'application/x-www-form-urlencoded']) {
    expect((await runtime.post(INFER, body, { 'content-type': type })).status).toBe(200);
  }
  expect((await runtime.post('/v2/models/digits/versions/1/infer', body)).status).toBe(200);
});

test('compressed requests are understood, whose header length means the JSON uncompressed', async () => {
  const plain = await runtime.post(INFER, { inputs: [INPUT] });
  const [body, headers] = binaryRequest({ inputs: [SIZED] }, Buffer.from(new Float32Array(PIXELS).buffer));
  const gzipped = await runtime.post(INFER, gzipSync(body), { ...headers, 'content-encoding': 'gzip' });
  const deflated = await runtime.post(INFER, deflateSync(body), { ...headers, 'content-encoding': 'deflate' });
  expect(gzipped.body).toEqual(plain.body);
  expect(deflated.body).toEqual(plain.body);
});

function withInput(change: object): object {
  return { inputs: [{ ...INPUT, ...change }] };
}

describe('what does not fit is refused with a text', () => {
  const noData = { name: 'x', datatype: 'FP32', shape: [1, 64] };
  const faults: readonly (readonly [string, unknown, RegExp])[] = [
    ['an empty body', '', /failed to parse/],
    ['malformed JSON', '{"inputs":[', /failed to parse/],
    ['JSON that is no object', '5', /expected Object/],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), /not UTF-8/],
    ['no inputs', {}, /inputs/],
    ['an empty list of inputs', { inputs: [] }, /inputs/],
    ['a numeric id', { id: 1, inputs: [INPUT] }, /^id: expected string/],
    ['a nameless input', { inputs: [{ ...INPUT, name: undefined }] }, /inputs\.0\.name/],
    ['a negative size', withInput({ shape: [-1, 64] }), /inputs\.0\.shape\.0/],
    ['a fractional size', withInput({ shape: [1.5, 64] }), /inputs\.0\.shape\.0/],
    ['an unknown datatype', withInput({ datatype: 'FLOAT' }), /inputs\.0\.datatype/],
    ['data that is no list', withInput({ data: 5 }), /inputs\.0\.data/],
    ['a parameter that is an object', withInput({ parameters: { a: {} } }), /inputs\.0\.parameters/],
    ['too little data', withInput({ data: [1] }), /shape \[1,64\] holds 64 elements, its data 1/],
    ['too much nesting', withInput({ data: JSON.parse('['.repeat(101) + ']'.repeat(101)) }), /nested deeper/],
    ['neither data nor size', { inputs: [noData] }, /But no field is set/],
    ['data and size', withInput({ parameters: { binary_data_size: 256 } }), /But set 'data'/],
    ['a size that is a string', { inputs: [{ ...noData, parameters: { binary_data_size: '256' } }] }, /integer/],
    ['more binary than there is', { inputs: [SIZED] }, /expecting 256 additional bytes/],
    ['shared memory', withInput({ parameters: { shared_memory_region: 'r' } }), /shared memory/],
    ['an input twice', { inputs: [INPUT, INPUT] }, /input 'x' already exists/],
    ['an output twice', { inputs: [INPUT], outputs: [{ name: 'label' }, { name: 'label' }] }, /'label' already/],
    ['an unknown input', withInput({ name: 'z' }), /unexpected inference input 'z'/],
    ['an unknown output', { inputs: [INPUT], outputs: [{ name: 'z' }] }, /unexpected inference output 'z'/],
    [
      'classification',
      { inputs: [INPUT], outputs: [{ name: 'label', parameters: { classification: 1 } }] },
      /classification/,
    ],
    ['another datatype than the model takes', withInput({ datatype: 'FP64' }), /'FP64', but model 'digits' expects/],
    ['another shape', withInput({ shape: [2, 32] }), /Expected \[-1,64\], got \[2,32\]/],
    ['another rank', withInput({ shape: [64] }), /Expected \[-1,64\], got \[64\]/],
    ['more rows than max_batch_size', withInput({ shape: [9, 64], data: new Array(576).fill(0) }), /must be <= 8/],
    ['no rows', withInput({ shape: [0, 64], data: [] }), /must be >= 1/],
  ];

  test.each(faults)('%s', async (_fault, body, text) => {
    const reply = await runtime.post(INFER, body);
    expect(reply.status).toBe(400);
    expect(reply.headers.get('content-type')).toBe('application/json');
    expect(reply.json.error).toMatch(text);
  });

  test.each(['-1', 'abc', '1e1', '99999999999', '12345', ''])('header length %j', async (length) => {
    const body = JSON.stringify({ inputs: [INPUT] });
    expect((await runtime.post(INFER, body, { 'inference-header-content-length': length })).status).toBe(400);
  });

  test('bytes behind the last input', async () => {
    const reply = await runtime.post(INFER, ...binaryRequest({ inputs: [SIZED] }, Buffer.alloc(257)));
    expect([reply.status, reply.json.error]).toEqual([400, expect.stringContaining('1 bytes behind')]);
  });

  test('after all of them the runtime still serves', async () => {
    expect((await runtime.post(INFER, { inputs: [INPUT] })).status).toBe(200);
    expect(runtime.logged.filter((line) => line.startsWith('error'))).toEqual([]);
  });
});

describe('paths and methods', () => {
  test.each([
    ['GET', '/', 404],
    ['GET', '/v2/', 404],
    ['GET', '/v2/models/digits/stats', 404],
    ['GET', '/v2/models/digits/versions/x', 404],
    ['GET', '/v2/models/nobody', 404],
    ['GET', '/v2/models/nobody/ready', 404],
    ['GET', '/v2/models/digits/versions/9', 404],
    ['GET', '/v2/models/digits/versions/9/ready', 404],
    ['GET', '/v2/models/__proto__', 404],
    ['POST', '/v2/models/nobody/infer', 404],
    ['POST', '/v2/models/digits/versions/9/infer', 404],
    ['GET', '/v2/models/%ff', 400],
    ['GET', INFER, 405],
    ['POST', '/v2/health/ready', 405],
    ['POST', '/v2/models/digits', 405],
    ['GET', '/v2/repository/index', 405],
    ['POST', '/v2/repository/named/index', 501],
    ['POST', '/v2/repository/named/models/digits/load', 501],
  ])('%s %s: %i', async (method, path, status) => {
    const response = await fetch(runtime.baseUrl + path, { method });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.any(String) });
  });
});

describe('bodies have a limit', () => {
  const large = Buffer.alloc(MAX_BODY_BYTES + 1, ' ');

  test('announced by Content-Length', async () => {
    expect((await runtime.post(INFER, large)).status).toBe(413);
  });

  test('found out while reading', async () => {
    const body = new Blob([large]).stream();
    const response = await fetch(runtime.baseUrl + INFER, { method: 'POST', body, duplex: 'half' });
    expect([response.status, await response.json()]).toEqual([413, { error: expect.stringContaining('20000') }]);
  });

  test('found out while decompressing', async () => {
    const bomb = gzipSync(Buffer.alloc(1 << 24));
    expect((await runtime.post(INFER, bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
  });

  test('broken compression is 400, an unknown one 501', async () => {
    expect((await runtime.post(INFER, 'plain', { 'content-encoding': 'gzip' })).status).toBe(400);
    expect((await runtime.post(INFER, 'plain', { 'content-encoding': 'br' })).status).toBe(501);
  });
});
