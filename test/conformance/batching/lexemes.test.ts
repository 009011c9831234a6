// Vectors of protocol page 9 about what must not change on the way: numbers keep their text, strings and bytes their bytes.
import { expect, it } from 'vitest';
import { type Batching, seen, startBatching } from './batching.ts';
import { hex, infer, input, type Sent } from './sent.ts';

/** One input `k` of model echo, as JSON: [rows, inner] with flat data. */
function json(datatype: string, shape: readonly number[], data: string): Sent {
  return infer(`{"inputs":[${input('k', datatype, shape, data)}]}`);
}

const u = (datatype: string, shape: readonly number[], data: string): string =>
  `{"inputs":[${input('k', datatype, shape, data)}]}`;

const echoed = (datatype: string, shape: readonly number[], data: string): string =>
  `{"model_name":"echo","model_version":"1","outputs":[{"name":"o_k","datatype":"${datatype}","shape":[${shape}],"data":${data}}]}`;

interface Lexemes {
  readonly name: string;
  readonly datatype: string;
  /** As they are answered: flat, without white space. */
  readonly members: readonly string[];
}

const lexemes: readonly Lexemes[] = [
  { name: '19: 2^53+1', datatype: 'INT64', members: ['[9007199254740993]', '[9007199254740993]'] },
  { name: '20: the ends of INT64', datatype: 'INT64', members: ['[-9223372036854775808]', '[9223372036854775807]'] },
  { name: '20: the end of UINT64', datatype: 'UINT64', members: ['[18446744073709551615]', '[0]'] },
  { name: '21: FP32 texts', datatype: 'FP32', members: ['[-0.0]', '[1.0]', '[1e-45]', '[0.10000000149011612]'] },
  { name: '21: exponents', datatype: 'FP64', members: ['[-0]', '[1E+2]', '[2.2250738585072014e-308]'] },
  { name: '22: bare NaN and -Infinity in a request', datatype: 'FP32', members: ['[NaN,-Infinity]', '[1,2]'] },
  { name: '25, A4: strings', datatype: 'BYTES', members: ['["a","é",""]', '["日本","😀","q\\"[],\\\\"]'] },
  { name: '26: escapes', datatype: 'BYTES', members: ['["\\u0000"]', '["\\ud83d\\ude00"]', '["\\/"]'] },
  { name: '35: booleans', datatype: 'BOOL', members: ['[true]', '[false]'] },
  { name: '36: what does not fit its type', datatype: 'UINT8', members: ['[300]', '[255]'] },
];

for (const { name, datatype, members } of lexemes) {
  it(`${name} keep their text both ways`, async () => {
    const { oracle, gather } = await startBatching({ rows: members.length });
    const inner = JSON.parse(members[0]?.replace(/NaN,-Infinity/, '1,2') ?? '[]').length as number;
    const answers = await gather(members.map((data) => json(datatype, [1, inner], data)));
    const all = `[${members.map((data) => data.slice(1, -1)).join(',')}]`;
    expect(oracle.calls.map((call) => call.json)).toEqual([u(datatype, [members.length, inner], all)]);
    expect(answers.map((answer) => answer.json)).toEqual(members.map((data) => echoed(datatype, [1, inner], data)));
  });
}

/** Bytes that the runtime answers to whatever it is asked, JSON only. */
function answering({ oracle }: Batching, text: string): void {
  oracle.script(() => ({
    status: 200,
    headers: ['Content-Type', 'application/json'],
    body: Buffer.from(text, 'latin1'),
  }));
}

it('A2: the vector of integers at the edges, byte for byte', async () => {
  const batching = await startBatching({ rows: 2 });
  answering(
    batching,
    '{"model_name":"m","model_version":"1","outputs":[{"name":"o","datatype":"INT64","shape":[2,2],"data":[9007199254740993,-9223372036854775808,9223372036854775807,0]}]}',
  );
  const [toA, toB] = await batching.gather([
    infer(
      '{"id":"a","inputs":[{"name":"k","shape":[1,2],"datatype":"INT64","data":[[9007199254740993,-9223372036854775808]]}]}',
    ),
    infer('{"id":"b","inputs":[{"name":"k","shape":[1,2],"datatype":"INT64","data":[ 9223372036854775807 , 0 ]}]}'),
  ]);
  expect(batching.oracle.calls.map((call) => call.json)).toEqual([
    '{"inputs":[{"name":"k","shape":[2,2],"datatype":"INT64","data":[9007199254740993,-9223372036854775808,9223372036854775807,0]}]}',
  ]);
  expect(toA?.json).toBe(
    '{"id":"a","model_name":"m","model_version":"1","outputs":[{"name":"o","datatype":"INT64","shape":[1,2],"data":[9007199254740993,-9223372036854775808]}]}',
  );
  expect(toB?.json).toBe(
    '{"id":"b","model_name":"m","model_version":"1","outputs":[{"name":"o","datatype":"INT64","shape":[1,2],"data":[9223372036854775807,0]}]}',
  );
});

const named = (rows: number, data: string): string =>
  `{"outputs":[{"name":"y","datatype":"FP32","shape":[${rows},1],"data":${data}}]}`;

it('23, A3: NaN and infinities of an answer are split as they are', async () => {
  const batching = await startBatching({ rows: 3 });
  answering(batching, named(3, '[NaN,1.5,Infinity]'));
  const one = json('FP32', [1, 1], '[1]');
  const answers = await batching.gather([one, one, one]);
  expect(answers.map((answer) => answer.json)).toEqual(['[NaN]', '[1.5]', '[Infinity]'].map((data) => named(1, data)));
});

it('A3: rows of 1 and 3 with -Infinity, -0.0 and 1.0', async () => {
  const batching = await startBatching({ rows: 4 });
  answering(batching, named(4, '[NaN,-Infinity,-0.0,1.0]'));
  const answers = await batching.gather([json('FP32', [1, 1], '[1]'), json('FP32', [3, 1], '[1,2,3]')]);
  expect(answers.map((answer) => answer.json)).toEqual([named(1, '[NaN]'), named(3, '[-Infinity,-0.0,1.0]')]);
});

it('26: a lone surrogate fails its sender only', async () => {
  const { gather, alone } = await startBatching({ rows: 3 });
  const members = ['["\\ud83d"]', '["a"]', '["\\ud83d\\ude00"]'].map((data) => json('BYTES', [1, 1], data));
  const direct = await alone(members);
  expect(direct.map(({ status }) => status)).toEqual([500, 200, 200]);
  expect((await gather(members)).map(seen)).toEqual(direct.map(seen));
});

it('29: bytes of an answer that are no UTF-8 survive', async () => {
  const batching = await startBatching({ rows: 2 });
  const strings = (rows: number, data: string) =>
    `{"outputs":[{"name":"y","datatype":"BYTES","shape":[${rows},1],"data":${data}}]}`;
  answering(batching, strings(2, '["\xff\xfe","a\xff"]'));
  const answers = await batching.gather([json('BYTES', [1, 1], '["a"]'), json('BYTES', [1, 1], '["b"]')]);
  expect(answers.map(({ body }) => body.toString('latin1'))).toEqual([
    strings(1, '["\xff\xfe"]'),
    strings(1, '["a\xff"]'),
  ]);
});

interface Blobs {
  readonly name: string;
  readonly datatype: string;
  readonly inner: readonly number[];
  readonly members: readonly { readonly rows: number; readonly blob: string }[];
}

const blobs: readonly Blobs[] = [
  {
    name: '27: BYTES with their lengths',
    datatype: 'BYTES',
    inner: [],
    members: [
      { rows: 1, blob: '01000000 61' },
      { rows: 1, blob: '00000000' },
    ],
  },
  {
    name: '28: BYTES that are no UTF-8',
    datatype: 'BYTES',
    inner: [1],
    members: [
      { rows: 1, blob: '02000000 fffe' },
      { rows: 1, blob: '01000000 00' },
    ],
  },
  {
    name: '31, A5: rows of two elements of unequal length',
    datatype: 'BYTES',
    inner: [2],
    members: [
      { rows: 1, blob: '05000000 68656c6c6f 06000000 e697a5e69cac' },
      { rows: 2, blob: '00000000 01000000 78 00000000 00000000' },
    ],
  },
  {
    name: '32, A6: FP16',
    datatype: 'FP16',
    inner: [2],
    members: [
      { rows: 1, blob: '003c 0040' },
      { rows: 1, blob: 'ff7b 007e' },
    ],
  },
  {
    name: '34, A6: BF16',
    datatype: 'BF16',
    inner: [2],
    members: [
      { rows: 1, blob: '803f 4940' },
      { rows: 1, blob: 'c07f 0080' },
    ],
  },
  {
    name: '35: BOOL',
    datatype: 'BOOL',
    inner: [1],
    members: [
      { rows: 2, blob: '01 00' },
      { rows: 1, blob: '01' },
    ],
  },
];

for (const { name, datatype, inner, members } of blobs) {
  it(`${name} are joined and cut as bytes`, async () => {
    const rows = members.reduce((sum, member) => sum + member.rows, 0);
    const { oracle, gather } = await startBatching({ rows });
    const tensor = (own: string, shape: string, size: number) =>
      `{"name":"${own}",${shape},"parameters":{"binary_data_size":${size}}}`;
    const requestOf = (own: number, size: number) =>
      `{"inputs":[${tensor('x', `"shape":[${[own, ...inner]}],"datatype":"${datatype}"`, size)}],"outputs":[{"name":"o_x","parameters":{"binary_data":true}}]}`;
    const sent = members.map((each) => infer(requestOf(each.rows, hex(each.blob).length), { blob: hex(each.blob) }));
    const answers = await gather(sent);
    const all = hex(members.map((each) => each.blob).join(''));
    expect(oracle.calls.map(({ json: header, blob }) => [header, blob])).toEqual([[requestOf(rows, all.length), all]]);
    expect(answers.map(({ json: header, blob }) => [header, blob])).toEqual(
      members.map((each) => {
        const output = tensor(
          'o_x',
          `"datatype":"${datatype}","shape":[${[each.rows, ...inner]}]`,
          hex(each.blob).length,
        );
        return [`{"model_name":"echo","model_version":"1","outputs":[${output}]}`, hex(each.blob)];
      }),
    );
  });
}

it('46, A8: parameters arrive with their text', async () => {
  const { oracle, gather } = await startBatching({ rows: 2 });
  const body = `{"parameters":{"temperature":1.0},"inputs":[${input('k', 'INT32', [1, 1], '[1]')}]}`;
  await gather([infer(body), infer(body)]);
  expect(oracle.calls.map((call) => call.json)).toEqual([
    `{"parameters":{"temperature":1.0},"inputs":[${input('k', 'INT32', [2, 1], '[1,1]')}]}`,
  ]);
});
