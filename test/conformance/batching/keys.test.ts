// Vectors of protocol page 9 about which requests may share a call: each pair is sent twice, and the pairs meet or they do not.
import { describe, expect, it } from 'vitest';
import { type BatchingSettings, seen, startBatching } from './batching.ts';
import { hex, infer, input, predict, type Sent, sums } from './sent.ts';

const x = input('x', 'FP32', [1, 2], '[1,2]');
const y = (parameters = ''): string => `{"name":"y"${parameters}}`;
const binary = '{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}';

/** To model m, with outputs or parameters. */
function asking(outputs: string | null, parameters = '', headers: Readonly<Record<string, string>> = {}): Sent {
  const end = outputs === null ? '' : `,"outputs":${outputs}`;
  return infer(`{${parameters}"inputs":[${x}]${end}}`, { model: 'm', headers });
}

const echoing = (...inputs: readonly string[]): Sent => infer(`{"inputs":[${inputs}]}`);
const withParameters = (parameters: string): Sent => asking(null, `"parameters":${parameters},`);
const withHeaders = (headers: Readonly<Record<string, string>>): Sent => sums(1, 1, headers);
const at = (path: string): Sent => ({ ...echoing(x), path });
const classes = (count: number): Sent =>
  infer(`{"inputs":[${x}],"outputs":[{"name":"p","parameters":{"classification":${count}}}]}`, { model: 'classify' });

type Pair = readonly [name: string, a: Sent, b: Sent, settings?: BatchingSettings];

const v1 = { known: ['/v1/models/m:predict'] };
const classify = { known: ['/v2/models/classify/infer'] };

const apart: readonly Pair[] = [
  ['4: JSON and binary', asking(null), infer(`{"inputs":[${binary}]}`, { model: 'm', blob: hex('0000803f 00000040') })],
  ['10: rows of other lengths', echoing(x), echoing(input('x', 'FP32', [1, 3], '[1,2,3]'))],
  ['10: other ranks', echoing(x), echoing(input('x', 'FP32', [1, 2, 1], '[1,2]'))],
  ['11: other datatypes', echoing(x), echoing(input('x', 'FP64', [1, 2], '[1,2]'))],
  ['13: an optional input more', echoing(x), echoing(x, input('w', 'FP32', [1, 1], '[1]'))],
  ['40: outputs listed and not', asking(`[${y()}]`), asking(null)],
  ['40: outputs listed otherwise', asking(`[${y()}]`), asking(`[${y()},{"name":"p"}]`)],
  [
    '42: y as bytes and as JSON',
    asking(`[${y(',"parameters":{"binary_data":true}')}]`),
    asking(`[${y(',"parameters":{"binary_data":false}')}]`),
  ],
  ['45: two classes and three', classes(2), classes(3), classify],
  ['46: 1 and 1.0', withParameters('{"t":1}'), withParameters('{"t":1.0}')],
  ['46: a priority and none', withParameters('{"priority":1}'), asking(null)],
  ['46: 1 and "1"', withParameters('{"t":1}'), withParameters('{"t":"1"}')],
  [
    '59: a version and none',
    at('/v2/models/echo/versions/1/infer'),
    at('/v2/models/echo/infer'),
    { known: ['/v2/models/echo/infer', '/v2/models/echo/versions/1/infer'] },
  ],
  ['59: a query and none', at('/v2/models/echo/infer?a=1'), at('/v2/models/echo/infer')],
  [
    '60: Authorization of two callers',
    withHeaders({ Authorization: 'Bearer a' }),
    withHeaders({ Authorization: 'Bearer b' }),
  ],
  ['two hosts', withHeaders({ Host: 'a' }), withHeaders({ Host: 'b' })],
  ['two types that an answer may have', withHeaders({ Accept: '*/*;q=0.1, text/csv' }), withHeaders({})],
  [
    'a type with a parameter and none',
    withHeaders({ 'Content-Type': 'application/json; orient=records' }),
    withHeaders({}),
  ],
  ['60: a tenant and none', withHeaders({ 'X-Tenant': 'a' }), withHeaders({})],
  [
    '76: another signature_name',
    predict('{"instances":[[1]],"signature_name":"s"}'),
    predict('{"instances":[[1]],"signature_name":"t"}'),
    v1,
  ],
  ['77: an unknown V1 field and none', predict('{"instances":[[1]],"k":1}'), predict('{"instances":[[1]]}'), v1],
  [
    'two models',
    { ...sums(1, 1), path: '/v2/models/m2/infer' },
    sums(1, 1),
    { known: ['/v2/models/m/infer', '/v2/models/m2/infer'] },
  ],
  [
    'V1 and V2 of one model',
    predict('{"instances":[[1]]}'),
    sums(1),
    { known: ['/v1/models/m:predict', '/v2/models/m/infer'] },
  ],
];

describe('never in one call', () => {
  for (const [name, a, b, settings] of apart) {
    it(name, async () => {
      const { oracle, begin, waiting, alone } = await startBatching({ rows: 2, ...settings });
      const direct = (await alone([a, b])).map(seen);
      const first = begin(a);
      await waiting(1);
      const second = begin(b);
      await waiting(2); // not sent, though 2 rows are a full batch: they are of two kinds
      const others = [begin(a), begin(b)];
      const answers = await Promise.all([first, second, ...others].map(({ answer }) => answer));
      expect(answers.map(seen)).toEqual([...direct, ...direct]);
      expect(oracle.calls.map(({ rows }) => rows)).toEqual([2, 2]);
    });
  }
});

const together: readonly Pair[] = [
  ['40: outputs absent and empty', asking('[]'), asking(null)],
  ['41: outputs in another order', asking(`[${y()},{"name":"p"}]`), asking(`[{"name":"p"},${y()}]`)],
  [
    '43: binary_data_output without outputs',
    withParameters('{"binary_data_output":true}'),
    withParameters('{"binary_data_output":true}'),
  ],
  [
    '44: binary_data_output with outputs that Triton answers as JSON',
    asking(`[${y()}]`, '"parameters":{"binary_data_output":true},'),
    asking(`[${y()}]`, '"parameters":{"binary_data_output":true},'),
  ],
  ['45, A7: two classes each', classes(2), classes(2), classify],
  ['47: sequence_id 0', withParameters('{"sequence_id":0}'), withParameters('{"sequence_id":0}')],
  ['47: sequence_id ""', withParameters('{"sequence_id":""}'), withParameters('{"sequence_id":""}')],
  [
    '51: a header length that is the body’s',
    infer(`{"inputs":[${x}]}`, { model: 'm', blob: Buffer.alloc(0) }),
    infer(`{"inputs":[${x}]}`, { model: 'm', blob: Buffer.alloc(0) }),
  ],
  ['54: the same id', asking(null, '"id":"a",'), asking(null, '"id":"a",')],
  ['54: an id, and none', asking(null, '"id":"a",'), asking(null)],
  ['54: an empty id, and one with quotes', asking(null, '"id":"",'), asking(null, '"id":"q\\"é",')],
  [
    '59: names that are the same once decoded',
    at('/v2/models/a%20b/infer'),
    at('/v2/models/%61%20b/infer'),
    { known: ['/v2/models/a%20b/infer'] },
  ],
  [
    '60: traces and request ids that differ',
    withHeaders({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'X-Request-Id': 'a' }),
    withHeaders({ traceparent: '00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'X-Request-Id': 'b' }),
  ],
  [
    'model_name and model_version, which Triton ignores',
    asking(null, '"model_name":"m","model_version":"1",'),
    asking(null),
  ],
];

describe('in one call', () => {
  for (const [name, a, b, settings] of together) {
    it(name, async () => {
      const { oracle, gather, alone, agent } = await startBatching({ rows: 2, ...settings });
      const direct = (await alone([a, b])).map(seen);
      expect(direct.map(({ status }) => status)).toEqual([200, 200]);
      const answers = await gather([a, b]);
      expect(answers.map(seen)).toEqual(direct);
      expect(oracle.calls.map(({ rows, path }) => [rows, path])).toEqual([[2, a.path]]);
      expect(agent.logged.filter(({ level }) => level === 'error')).toEqual([]);
    });
  }
});

it('53: lengths are counted in bytes, not in characters', async () => {
  const { gather } = await startBatching({ rows: 2 });
  const of = (id: string) =>
    infer(`{"id":"${id}","inputs":[${binary}],"outputs":[${y(',"parameters":{"binary_data":true}')}]}`, {
      model: 'm',
      blob: hex('0000803f 00000040'),
    });
  const answers = await gather([of('é'), of('e')]);
  expect(answers.map(({ headers }) => headers['inference-header-content-length'])).toEqual(['141', '140']);
  expect(answers.map(({ blob }) => blob)).toEqual([hex('00004040'), hex('00004040')]);
  expect(answers[0]?.json).toContain('"id":"é"');
});

it('60: a merged call is a step of its first trace, and carries nobody’s request id', async () => {
  const { oracle, gather } = await startBatching({ rows: 2 });
  const of = (trace: string, span: string) =>
    sums(1, 1, { traceparent: `00-${trace.repeat(32)}-${span.repeat(16)}-01`, 'X-Request-Id': span });
  await gather([of('a', '1'), of('b', '2')]);
  expect(oracle.calls).toHaveLength(1);
  expect(oracle.calls[0]?.headers.traceparent).toMatch(/^00-a{32}-(?!1{16})[0-9a-f]{16}-01$/);
  expect(oracle.calls[0]?.headers['x-request-id']).toBeUndefined();
});
