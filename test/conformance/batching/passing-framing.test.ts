// Requests that pass alone for how they come rather than for what they say: gRPC, Expect, trailers, streams; and chunks, which do not.
import { expect, it } from 'vitest';
import { call, http2Client, http2Runtime } from '../../support/http2-peers.ts';
import { rawClient } from '../../support/raw-client.ts';
import { startTestAgent } from '../../support/test-agent.ts';
import { patient, startBatching } from './batching.ts';
import { hex, infer, type Sent, sums } from './sent.ts';

it('12, 73, 74: gRPC inferences pass as they are (grpc)', async () => {
  const bodies: Buffer[] = [];
  const runtime = await http2Runtime((stream) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      bodies.push(Buffer.concat(chunks));
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.from('0000000000', 'hex'));
    });
  });
  const agent = await startTestAgent(runtime.port, ['--enable-batcher', '--grpc-forwarding']); // off the relay, where nobody looks
  const session = http2Client(agent.port);
  const path = '/inference.GRPCInferenceService/ModelInfer';
  const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
  const body = Buffer.from('00000000050a016d1201', 'hex');
  const answers = await Promise.all([call(session, headers, { body }), call(session, headers, { body })]);
  expect(answers.map(({ status, trailers }) => [status, trailers?.['grpc-status']])).toEqual([
    [200, '0'],
    [200, '0'],
  ]);
  expect(bodies).toEqual([body, body]);
  const passed = agent.metrics.instruments.find(({ name }) => name === 'outrigger_batch_passed_total');
  const counted = [...(passed?.samples() ?? [])].filter(({ labels }) => labels.reason === 'grpc');
  expect(counted.reduce((sum, { value }) => sum + value, 0)).toBe(2);
});

const { body, path } = sums(1);
const head = `POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n`;

it('a request that expects 100 (Continue) passes alone (expect_continue)', async () => {
  const { agent, oracle, passed } = await startBatching();
  const client = await rawClient(agent.port);
  client.send(`${head}Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`);
  await client.until((text) => text.includes('100 Continue'));
  client.send(body);
  await client.until((text) => text.includes('"data":[2]'));
  expect(passed('expect_continue')).toBe(1);
  expect(oracle.calls.map((each) => each.body)).toEqual([body]);
});

it('a request with trailer fields passes alone (trailers)', async () => {
  const { agent, oracle, passed } = await startBatching();
  const client = await rawClient(agent.port);
  const chunk = `${body.length.toString(16)}\r\n${body}\r\n`;
  client.send(`${head}Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n${chunk}0\r\nX-Sum: 1\r\n\r\n`);
  await client.until((text) => text.includes('"data":[2]'));
  expect(passed('trailers')).toBe(1);
  expect(oracle.calls.map((each) => each.body)).toEqual([body]);
});

it('58: chunked requests are merged, and sent with Content-Length', async () => {
  const { agent, oracle, send, waiting } = await startBatching({ rows: 2 });
  const client = await rawClient(agent.port);
  const half = Math.floor(body.length / 2);
  const chunk = (bytes: Buffer): string => `${bytes.length.toString(16)}\r\n${bytes}\r\n`;
  client.send(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk(body.subarray(0, half))}`);
  client.send(`${chunk(body.subarray(half))}0\r\n\r\n`);
  await waiting(1);
  const other = await send(sums(1, 5));
  await client.until((text) => text.includes('"data":[2]'));
  expect(other.json).toContain('"data":[6]');
  expect(oracle.calls.map((each) => each.rows)).toEqual([2]);
  expect(oracle.calls[0]?.headers['content-length']).toBe(String(oracle.calls[0]?.body.length));
  expect(oracle.calls[0]?.headers['transfer-encoding']).toBeUndefined();
});

it('57: requests without Content-Type are merged, and sent with the right one; a type that was sent is kept', async () => {
  const { oracle, gather } = await startBatching({ rows: 2 });
  const typed = (type?: string): Sent => ({ ...sums(1), headers: type === undefined ? {} : { 'Content-Type': type } });
  const form = 'application/x-www-form-urlencoded'; // what `curl -d` says
  for (const type of [undefined, form]) {
    const answers = await gather([typed(type), typed(type)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  }
  const binary = (blob: string): Sent => ({ ...blobbed(blob), headers: lengthOnly(blobbed(blob)) });
  await gather([binary('0000803f 00000040'), binary('00004040 00008040')]);
  expect(oracle.calls.map(({ rows, headers }) => [rows, headers['content-type']])).toEqual([
    [2, 'application/json'],
    [2, form],
    [2, 'application/octet-stream'],
  ]);
});

const blobbed = (blob: string): Sent =>
  infer('{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}', {
    model: 'm',
    blob: hex(blob),
  });

function lengthOnly({ headers }: Sent): Sent['headers'] {
  return { 'Inference-Header-Content-Length': headers['Inference-Header-Content-Length'] as string };
}

it('75: a stream of events passes event by event', async () => {
  const runtime = await http2Runtime((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'text/event-stream' });
    stream.write('data: {"a":NaN}\n\n');
    stream.on('end', () => stream.end('data: [DONE]\n\n')).resume();
  });
  const streaming = await startTestAgent(runtime.port, ['--enable-batcher']);
  const session = http2Client(streaming.port);
  const stream = session.request(
    { ':method': 'POST', ':path': '/v2/models/m/generate_stream', 'content-type': 'application/json' },
    { endStream: false },
  );
  const events: string[] = [];
  stream.on('data', (chunk: Buffer) => events.push(String(chunk)));
  stream.write('{"text_input":');
  await expect.poll(() => events, patient).toEqual(['data: {"a":NaN}\n\n']);
  stream.end('"a"}');
  await expect.poll(() => events.join(''), patient).toBe('data: {"a":NaN}\n\ndata: [DONE]\n\n');
});
