// Content codings on both sides of a batch (vectors 55, 56): the runtime is asked for none, each caller has its own.
import { deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { seen, startBatching } from './batching.ts';
import { parts } from './caller.ts';
import { hex, infer, type Sent, sums } from './sent.ts';

function coded(sent: Sent, coding: string, encode: (body: Buffer) => Buffer): Sent {
  return { ...sent, headers: { ...sent.headers, 'Content-Encoding': coding }, body: encode(sent.body) };
}

const blobbed = (value: string, headers: Readonly<Record<string, string>> = {}): Sent =>
  infer(
    '{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}],"outputs":[{"name":"y","parameters":{"binary_data":true}}]}',
    { model: 'm', blob: hex(`${value} 0000803f`), headers },
  );

it('55: gzip, deflate and plain bodies are merged', async () => {
  const { oracle, gather } = await startBatching();
  const answers = await gather([
    coded(sums(1, 1), 'gzip', gzipSync),
    coded(sums(1, 2), 'deflate', deflateSync),
    sums(1, 3, { 'Content-Encoding': 'identity' }),
  ]);
  expect(answers.map(({ json }) => /"data":(\[.*?\])/.exec(json)?.[1])).toEqual(['[2]', '[3]', '[4]']);
  expect(oracle.calls.map((call) => call.json)).toEqual([
    '{"inputs":[{"name":"x","shape":[3,2],"datatype":"FP32","data":[1,1,2,1,3,1]}]}',
  ]);
  expect(oracle.calls[0]?.headers['content-encoding']).toBeUndefined();
});

it('55: header lengths of compressed binary bodies are those of the plain ones', async () => {
  const { oracle, gather } = await startBatching({ rows: 2 });
  const answers = await gather([coded(blobbed('00000040'), 'gzip', gzipSync), blobbed('0000803f')]);
  expect(answers.map(({ blob }) => blob)).toEqual([hex('00004040'), hex('00000040')]);
  expect(oracle.calls.map((call) => call.blob)).toEqual([hex('00000040 0000803f 0000803f 0000803f')]);
});

const undecodable: readonly (readonly [string, Sent, number])[] = [
  ['raw deflate', coded(sums(1), 'deflate', deflateRawSync), 400],
  ['br', coded(sums(1), 'br', (body) => body), 501],
  ['gzip, deflate', coded(sums(1), 'gzip, deflate', (body) => deflateSync(gzipSync(body))), 501],
  ['gzip that is none', coded(sums(1), 'gzip', (body) => body), 400],
  ['gzip cut short', coded(sums(1), 'gzip', (body) => gzipSync(body).subarray(0, -6)), 400],
];

for (const [name, sent, status] of undecodable) {
  it(`55: ${name} passes as it is, for the runtime to judge (encoding)`, async () => {
    const { oracle, alone, send, passed } = await startBatching();
    const [direct] = (await alone([sent])).map(seen);
    expect(direct?.status).toBe(status);
    expect(seen(await send(sent))).toEqual(direct);
    expect(oracle.calls.map((call) => call.body)).toEqual([sent.body]);
    expect(passed('encoding')).toBe(1);
  });
}

it('55: a bomb is not inflated: it passes as it is', async () => {
  const { oracle, send, passed, sendAll } = await startBatching({
    rows: 2,
    flags: ['--batcher-max-body-bytes', '100000'],
  });
  const bomb = coded(sums(1), 'gzip', () => gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20)));
  expect(bomb.body.length).toBeLessThan(100_000);
  const before = passed();
  const answer = await send(bomb);
  expect([413, 500]).toContain(answer.status); // 500: what the oracle says to 64 MiB of blanks
  expect(passed()).toBe(before + 1);
  expect(oracle.calls.filter((call) => !call.body.equals(bomb.body))).toEqual([]);
  expect((await sendAll([sums(1), sums(1)])).map(({ status }) => status)).toEqual([200, 200]);
});

it('55: what grows beyond 256 MiB is refused, and the runtime hears nothing of it', async () => {
  const { oracle, send } = await startBatching({ rows: 2 });
  oracle.forget();
  const bomb = coded(sums(1), 'gzip', () => gzipSync(Buffer.alloc(256 * 1024 * 1024 + 1), { level: 1 }));
  const answer = await send(bomb);
  expect(answer.status).toBe(413);
  expect(JSON.parse(answer.json)).toEqual({ error: expect.stringContaining('268435456') });
  expect(oracle.calls).toEqual([]);
});

it('56: each answer has the coding that its caller accepts, and the runtime is asked for none', async () => {
  const { oracle, gather } = await startBatching();
  const [zipped, plain, deflated] = await gather([
    blobbed('0000803f', { 'Accept-Encoding': 'gzip' }),
    blobbed('00000040'),
    blobbed('00004040', { 'Accept-Encoding': 'deflate' }),
  ]);
  expect(oracle.calls).toHaveLength(1);
  expect([undefined, 'identity']).toContain(oracle.calls[0]?.headers['accept-encoding']);
  const codings = [zipped, plain, deflated].map((answer) => answer?.headers['content-encoding']);
  expect(codings).toEqual(['gzip', undefined, 'deflate']);
  const bodies = [gunzipSync(zipped?.body ?? ''), plain?.body, inflateSync(deflated?.body ?? '')];
  const read = [zipped, plain, deflated].map((answer, at) => parts(bodies[at] as Buffer, answer?.headers ?? {}));
  expect(read.map(({ blob }) => blob)).toEqual([hex('00000040'), hex('00004040'), hex('00008040')]);
  for (const { json } of read) expect(JSON.parse(json)).toMatchObject({ outputs: [{ name: 'y', shape: [1, 1] }] });
});

it('56: a coding that is refused is not used', async () => {
  const { gather } = await startBatching({ rows: 2 });
  const answers = await gather([
    sums(1, 1, { 'Accept-Encoding': 'gzip;q=0, identity' }),
    sums(1, 1, { 'Accept-Encoding': 'br' }),
  ]);
  expect(answers.map(({ headers }) => headers['content-encoding'])).toEqual([undefined, undefined]);
});
