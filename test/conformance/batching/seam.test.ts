// What a stage in front of the batcher sees, as the payload logger will: each caller's own request and answer, never the merged ones.
import { PassThrough, Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { compose, type Middleware, type ProxyRequest } from '../../../src/http/exchange.ts';
import { eventually } from '../../support/eventually.ts';
import { openOracle } from '../../support/oracle-runtime/oracle.ts';
import { send } from './caller.ts';
import { bytesOf, handmadeBatcher, overHttp1, requestOf } from './handmade.ts';
import { many } from './random/dice.ts';
import { hex, infer, input, predict, type Sent, sums } from './sent.ts';

interface Seen {
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly status: number;
  readonly answerHeaders: readonly string[];
  readonly answer: Buffer;
}

/** Reads along: a body that streams is given on chunk by chunk, as a logger must that holds nobody up. */
function recording(seen: Promise<Seen>[]): Middleware {
  return (next) => async (request) => {
    const asked = readAlong(request);
    const response = await next(Object.freeze({ ...request, body: asked.body }));
    const answered = readAlong(response);
    const told = async (): Promise<Seen> => ({
      path: request.path,
      headers: request.headers.write([]),
      body: await asked.bytes,
      status: response.status,
      answerHeaders: response.headers.write([]),
      answer: await answered.bytes,
    });
    seen.push(told());
    return { ...response, body: answered.body };
  };
}

function readAlong({ body }: Pick<ProxyRequest, 'body'>) {
  if (body instanceof Uint8Array) return { body, bytes: Promise.resolve(Buffer.from(body)) };
  const chunks: Buffer[] = [];
  const along = new PassThrough();
  const bytes = new Promise<Buffer>((resolve) => {
    body.on('data', (chunk: Buffer) => chunks.push(chunk));
    body.on('end', () => resolve(Buffer.concat(chunks)));
  });
  return { body: body.pipe(along), bytes };
}

const own = (at: number) => ({
  'X-Request-Id': `request-${at}`,
  traceparent: `00-${'ab'.repeat(16)}-${'0'.repeat(15)}${at}-01`,
});

function v2(at: number): Sent {
  return infer(
    `{"id":"id-${at}","inputs":[${input('x', 'FP32', [1 + at, 2], `[${many(1 + at, () => `[${at}, 1.0]`)}]`)}]}`,
    {
      model: 'm',
      headers: own(at),
    },
  );
}

function binary(at: number): Sent {
  const described = `{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}`;
  return infer(`{"id":"b${at}","parameters":{"binary_data_output":true},"inputs":[${described}]}`, {
    model: 'm',
    blob: hex(`0000803f 0000${at}040`),
    headers: own(at),
  });
}

const v1 = (at: number): Sent => predict(`{ "instances":[[${at},1]${',[0,0]'.repeat(at)}] }`, 'm', own(at));

/** Rows of 100 kB, which come as a stream and are answered as one. */
function large(at: number): Sent {
  const numbers = many(2 + at, () => many(10_000, (n) => (n * 7919 + at) / 1000).join(','));
  return infer(`{"id":"l${at}","inputs":[${input('k', 'FP64', [2 + at, 10_000], `[${numbers}]`)}]}`, {
    headers: own(at),
  });
}

const streamed = (sent: Sent): Readable => {
  const pieces = many(Math.ceil(sent.body.length / 50_000), (at) => sent.body.subarray(at * 50_000, (at + 1) * 50_000));
  return Readable.from(pieces, { objectMode: false });
};

/** `rows` fill a batch, and nothing else makes one leave. */
async function startSeam(known: Sent, rows: number) {
  const oracle = await openOracle();
  const seen: Promise<Seen>[] = [];
  const { batcher } = handmadeBatcher(
    ['--max-batchsize', String(rows), '--max-latency', '3600000', '--batch-policy', 'window'],
    overHttp1(oracle.port),
  );
  const handle = compose([recording(seen)], batcher.handle);
  if (!known.path.startsWith('/v1/')) {
    await bytesOf(await batcher.handle(requestOf(known))); // has the model's limits read, and does not wait for them
    await eventually('the limits are known', () => batcher.limits().some(({ batchable }) => batchable));
    oracle.forget();
  }
  return { oracle, handle, seen };
}

const cases: readonly (readonly [name: string, of: (at: number) => Sent, rows: number, stream: boolean])[] = [
  ['V2 as JSON', v2, 6, false],
  ['V2 as bytes', binary, 3, false],
  ['V1', v1, 6, false],
  ['large V2 bodies that stream', large, 5, true],
];

for (const [name, of, rows, stream] of cases) {
  it(`each caller’s own request and answer (${name})`, async () => {
    const { oracle, handle, seen } = await startSeam(of(0), rows);
    const requests = many(stream ? 2 : 3, of);
    const direct = [];
    for (const sent of requests) direct.push(await send(oracle.port, sent));
    oracle.forget();
    const given = await Promise.all(
      requests.map(async (sent) => bytesOf(await handle(requestOf(sent, stream ? { body: streamed(sent) } : {})))),
    );
    expect(oracle.calls.map((call) => call.rows)).toEqual([rows]); // they were merged
    expect(given).toEqual(direct.map(({ body }) => body));
    const told = (await Promise.all(seen)).toSorted((a, b) => idOf(a).localeCompare(idOf(b)));
    expect(told).toHaveLength(requests.length);
    for (const [at, { path, headers, body, status, answerHeaders, answer }] of told.entries()) {
      const sent = requests[at] as Sent;
      expect([path, headers, status]).toEqual([sent.path, Object.entries(sent.headers).flat(), 200]);
      expect(body.equals(sent.body)).toBe(true);
      expect(answer.equals(direct[at]?.body as Buffer)).toBe(true);
      expect(fieldsOf(answerHeaders)).toMatchObject(pick(direct[at]?.headers ?? {}));
    }
  });
}

it('a failure of one: each sees its own end of it', async () => {
  const { oracle, handle, seen } = await startSeam(sums(1), 3);
  const requests = [sums(1, 1, own(0)), sums(1, 666, own(1)), sums(1, 3, own(2))];
  const answers = await Promise.all(requests.map((sent) => handle(requestOf(sent))));
  expect(answers.map(({ status }) => status)).toEqual([200, 400, 200]);
  const told = (await Promise.all(seen)).toSorted((a, b) => idOf(a).localeCompare(idOf(b)));
  expect(told.map(({ status }) => status)).toEqual([200, 400, 200]);
  expect(told.map(({ body }) => body)).toEqual(requests.map(({ body }) => body));
  expect(told[1]?.answer.toString()).toBe('{"error":"value 666 cannot be served"}');
  expect(oracle.calls.map(({ rows }) => rows)).toEqual([3, 1, 1, 1]);
});

const idOf = ({ headers }: Seen): string => headers[headers.indexOf('X-Request-Id') + 1] as string;

function fieldsOf(flat: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let at = 0; at < flat.length; at += 2) fields[(flat[at] as string).toLowerCase()] = flat[at + 1] as string;
  return fields;
}

/** What its answer alone says of the body. */
function pick(headers: Record<string, unknown>): Record<string, unknown> {
  const names = ['content-type', 'inference-header-content-length'];
  return Object.fromEntries(names.filter((name) => headers[name] !== undefined).map((name) => [name, headers[name]]));
}
