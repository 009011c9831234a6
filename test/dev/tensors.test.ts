// Every datatype through a real identity model: JSON and binary are two ways to say the same.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identityModel, ONNX_TYPES } from './onnx-file.ts';
import { binaryRequest, makeModelDir, startTestRuntime, type TestRuntime } from './runtime-client.ts';

type Datatype = keyof typeof ONNX_TYPES;

let runtime: TestRuntime;
let removeModels: () => Promise<void>;

beforeAll(async () => {
  const models = Object.keys(ONNX_TYPES).map((datatype) => {
    const model = identityModel([{ name: 'x', datatype: datatype as Datatype, shape: [-1, 2] }]);
    return [`${datatype}.onnx`, model] as const;
  });
  const mixed = identityModel([
    { name: 'a', datatype: 'FP32', shape: [-1, 2] },
    { name: 'b', datatype: 'INT64', shape: [-1, 1] },
    { name: 'c', datatype: 'BYTES', shape: [-1, 1] },
  ]);
  const scalar = identityModel([{ name: 'x', datatype: 'FP64', shape: [] }]);
  const text = identityModel([{ name: 'x', datatype: 'BYTES', shape: [-1] }]);
  const open = identityModel([{ name: 'x', datatype: 'FP32', shape: [-1, -1] }]);
  const dir = await makeModelDir({
    ...Object.fromEntries(models),
    'mixed.onnx': mixed,
    'scalar.onnx': scalar,
    'text.onnx': text,
    'open.onnx': open,
  });
  removeModels = dir.remove;
  runtime = await startTestRuntime({ modelDir: dir.path });
});
afterAll(async () => {
  await runtime.stop();
  await removeModels();
});

// datatype, JSON text of the values, the same as bytes, JSON text that comes back
const VALUES: readonly (readonly [Datatype, string, string, string])[] = [
  ['BOOL', 'true,false', '0100', 'true,false'],
  ['UINT8', '0,255', '00ff', '0,255'],
  ['UINT16', '1,65535', '0100ffff', '1,65535'],
  ['UINT32', '1,4294967295', '01000000ffffffff', '1,4294967295'],
  ['UINT64', '9007199254740993,18446744073709551615', '0100000000002000ffffffffffffffff', ''],
  ['INT8', '-128,127', '807f', '-128,127'],
  ['INT16', '-32768,32767', '0080ff7f', '-32768,32767'],
  ['INT32', '-2147483648,2147483647', '00000080ffffff7f', ''],
  ['INT64', '9007199254740993,-9223372036854775808', '01000000000020000000000000000080', ''],
  ['FP32', '1.5,-0.0', '0000c03f00000080', '1.5,-0.0'],
  ['FP32', '0.1,9007199254740993', 'cdcccc3d0000005a', '0.10000000149011612,9007199254740992'],
  ['FP64', '0.1,-1e+300', '9a9999999999b93f9c7500883ce437fe', '0.1,-1e+300'],
  ['BYTES', '"é","a\\"\\u0001"', '02000000c3a903000000612201', ''],
  ['BYTES', '"","日本"', '0000000006000000e697a5e69cac', ''],
];

describe.each(VALUES)('%s [%s]', (datatype, json, hex, back) => {
  const path = `/v2/models/${datatype}/infer`;
  const text = `{"inputs":[{"name":"x","datatype":"${datatype}","shape":[1,2],"data":[[${json}]]}],"outputs":[{"name":"out_x","parameters":{"binary_data":BINARY}}]}`;
  const bytes = Buffer.from(hex, 'hex');
  const sized = { name: 'x', datatype, shape: [1, 2], parameters: { binary_data_size: bytes.length } };

  test('JSON in, JSON out', async () => {
    const reply = await runtime.post(path, text.replace('BINARY', 'false'));
    expect(reply.headers.get('content-type')).toBe('application/json');
    const answered = `{"model_name":"${datatype}","model_version":"1","outputs":[{"name":"out_x","datatype":"${datatype}","shape":[1,2],"data":[${back || json}]}]}`;
    expect(reply.body.toString()).toBe(answered);
  });

  test('JSON in, binary out', async () => {
    const reply = await runtime.post(path, text.replace('BINARY', 'true'));
    expect(reply.headers.get('content-type')).toBe('application/octet-stream');
    const output = { name: 'out_x', datatype, shape: [1, 2], parameters: { binary_data_size: bytes.length } };
    expect(reply.json.outputs).toEqual([output]);
    expect(reply.blobs.toString('hex')).toBe(hex);
  });

  test('binary in, JSON out', async () => {
    const reply = await runtime.post(path, ...binaryRequest({ inputs: [sized] }, bytes));
    expect(reply.body.toString()).toContain(`"data":[${back || json}]`);
  });

  test('binary in, binary out by default', async () => {
    const request = { inputs: [sized], parameters: { binary_data_output: true } };
    const reply = await runtime.post(path, ...binaryRequest(request, bytes));
    expect(reply.blobs.toString('hex')).toBe(hex);
  });
});

test('FP16 is refused when a model is loaded, and in a request', async () => {
  const loaded = await runtime.post('/v2/repository/models/FP16/load');
  expect([loaded.status, loaded.json.error]).toEqual([400, expect.stringContaining('float16, which is not supported')]);
  const input = { name: 'x', datatype: 'FP16', shape: [1, 2], parameters: { binary_data_size: 4 } };
  const reply = await runtime.post('/v2/models/FP32/infer', ...binaryRequest({ inputs: [input] }, Buffer.alloc(4)));
  expect([reply.status, reply.json.error]).toEqual([400, expect.stringContaining('inputs.0.datatype')]);
});

test('not-a-number and infinities come back as the bare words of Triton', async () => {
  const input = { name: 'x', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } };
  const bytes = Buffer.from('0000c07f000080ff', 'hex');
  const response = await fetch(`${runtime.baseUrl}/v2/models/FP32/infer`, {
    method: 'POST',
    headers: binaryRequest({ inputs: [input] })[1],
    body: binaryRequest({ inputs: [input] }, bytes)[0],
  });
  expect(await response.text()).toContain('"data":[NaN,-Infinity]');
});

describe('several tensors', () => {
  const a = Buffer.from('0000803f00000040', 'hex');
  const c = Buffer.from('02000000c3a9', 'hex');

  test('JSON and binary inputs mix; the bytes follow the order of the inputs', async () => {
    const inputs = [
      { name: 'c', datatype: 'BYTES', shape: [1, 1], parameters: { binary_data_size: 6 } },
      { name: 'b', datatype: 'INT64', shape: [1, 1], data: [[7]] },
      { name: 'a', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } },
    ];
    const reply = await runtime.post('/v2/models/mixed/infer', ...binaryRequest({ id: 'é', inputs }, c, a));
    expect(reply.json.id).toBe('é');
    expect(reply.json.outputs.map(({ data }: { data: unknown }) => data)).toEqual([[1, 2], [7], ['é']]);
  });

  test('each output is sent as it was asked for, in the order asked for, others not at all', async () => {
    const inputs = [
      { name: 'a', datatype: 'FP32', shape: [1, 2], data: [1, 2] },
      { name: 'b', datatype: 'INT64', shape: [1, 1], data: [7] },
      { name: 'c', datatype: 'BYTES', shape: [1, 1], data: ['é'] },
    ];
    const outputs = [{ name: 'out_c', parameters: { binary_data: true } }, { name: 'out_a' }];
    const request = { inputs, outputs, parameters: { binary_data_output: true } };
    const reply = await runtime.post('/v2/models/mixed/infer', request);
    expect(reply.json.outputs.map(({ name }: { name: string }) => name)).toEqual(['out_c', 'out_a']);
    expect(reply.json.outputs[1].data).toEqual([1, 2]);
    expect(reply.blobs).toEqual(c);
  });

  test('binary outputs without a byte leave the answer plain JSON, as Triton does', async () => {
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 0], data: [] }];
    const reply = await runtime.post('/v2/models/open/infer', { inputs, parameters: { binary_data_output: true } });
    expect(reply.headers.get('inference-header-content-length')).toBeNull();
    expect(reply.json.outputs[0]).toEqual({
      name: 'out_x',
      datatype: 'FP32',
      shape: [1, 0],
      parameters: { binary_data_size: 0 },
    });
  });

  test('a scalar has an empty shape', async () => {
    const reply = await runtime.post('/v2/models/scalar/infer', {
      inputs: [{ name: 'x', datatype: 'FP64', shape: [], data: [2.5] }],
    });
    expect(reply.json.outputs[0]).toMatchObject({ shape: [], data: [2.5] });
  });
});

describe('a raw request: Inference-Header-Content-Length 0, the body is the one input', () => {
  const raw = { 'inference-header-content-length': '0' };

  test('of a fixed-size tensor', async () => {
    const reply = await runtime.post('/v2/models/INT32/infer', Buffer.from('0100000002000000', 'hex'), raw);
    expect(reply.json.outputs[0]).toMatchObject({ shape: [1, 2], parameters: { binary_data_size: 8 } });
    expect(reply.blobs.toString('hex')).toBe('0100000002000000');
  });

  test('of a string, without its length', async () => {
    const reply = await runtime.post('/v2/models/text/infer', 'héllo', raw);
    expect(reply.blobs.toString('hex')).toBe('0600000068c3a96c6c6f');
  });

  test.each([
    ['mixed', '00', 'several inputs'],
    ['open', '00000000', 'two open dimensions'],
    ['INT32', '00000000', 'too few bytes'],
    ['INT32', '000000', 'half an element'],
    ['text', 'ff', 'no UTF-8'],
  ])('%s with %s is refused: %s', async (model, hex) => {
    const reply = await runtime.post(`/v2/models/${model}/infer`, Buffer.from(hex, 'hex'), raw);
    expect(reply.status).toBe(400);
  });
});

test.each([
  ['UINT8', '[300,1]'],
  ['UINT8', '[-1,1]'],
  ['INT32', '[1.5,1]'],
  ['INT32', '["1",1]'],
  ['INT64', '[9223372036854775808,1]'],
  ['INT64', '[1e17,1]'],
  ['UINT64', '[-1,1]'],
  ['BOOL', '[1,0]'],
  ['FP32', '[1e400,1]'],
  ['FP32', '[null,1]'],
  ['FP64', '["1",1]'],
  ['BYTES', '[1,"a"]'],
  ['BYTES', '["a\\u0000b","a"]'],
])('%s does not hold %s', async (datatype, data) => {
  const body = `{"inputs":[{"name":"x","datatype":"${datatype}","shape":[1,2],"data":${data}}]}`;
  const reply = await runtime.post(`/v2/models/${datatype}/infer`, body);
  expect(reply.status).toBe(400);
  expect(reply.json.error).toMatch(/^input 'x', element 0:/);
});

test.each([
  ['cut length', '0100'],
  ['cut element', '0500000061'],
  ['too few elements', '0100000061'],
  ['no UTF-8', '01000000ff0100000061'],
  ['a NUL, which onnxruntime-node would cut the string at', '0200000061000100000061'],
])('BYTES with %s is refused', async (_fault, hex) => {
  const bytes = Buffer.from(hex, 'hex');
  const input = { name: 'x', datatype: 'BYTES', shape: [1, 2], parameters: { binary_data_size: bytes.length } };
  const reply = await runtime.post('/v2/models/BYTES/infer', ...binaryRequest({ inputs: [input] }, bytes));
  expect(reply.status).toBe(400);
});
