// Callers over HTTP/2, many on one connection: merged with each other, and sent over HTTP/2.
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { call, http2Client } from '../../support/http2-peers.ts';
import { type BatchingSettings, patient, startBatching } from './batching.ts';
import { hex, infer, predict, type Sent, sums } from './sent.ts';

async function startOverHttp2(settings: BatchingSettings = { protocol: 'both' }) {
  const batching = await startBatching(settings);
  const session = http2Client(batching.agent.port);
  const ask = ({ path, headers, body }: Sent) => {
    const fields = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    return call(session, { ':method': 'POST', ':path': path, ...Object.fromEntries(fields) }, { body });
  };
  return { ...batching, session, ask };
}

it('1: binary requests of one connection become one call', async () => {
  const { oracle, ask, waiting } = await startOverHttp2();
  const of = (id: string, rows: number, blob: string) =>
    infer(
      `{"id":"${id}","inputs":[{"name":"x","shape":[${rows},2],"datatype":"FP32","parameters":{"binary_data_size":${8 * rows}}}],"outputs":[{"name":"y","parameters":{"binary_data":true}}]}`,
      { model: 'm', blob: hex(blob) },
    );
  const first = ask(of('a', 1, '0000803f 00000040'));
  await waiting(1);
  const answers = await Promise.all([first, ask(of('b', 2, '00004040 00008040 0000a040 0000c040'))]);
  expect(oracle.calls.map(({ rows, headers }) => [rows, headers['inference-header-content-length']])).toEqual([
    [3, '153'],
  ]);
  expect(answers.map(({ status, headers }) => [status, headers['inference-header-content-length']])).toEqual([
    [200, '140'],
    [200, '140'],
  ]);
  expect(answers.map(({ body }) => body.subarray(140))).toEqual([hex('00004040'), hex('0000e040 00003041')]);
});

it('65: one bad request fails alone', async () => {
  const { oracle, ask, waiting } = await startOverHttp2();
  const first = ask(sums(1, 1));
  await waiting(1);
  const second = ask(sums(1, 666));
  await waiting(2);
  const answers = await Promise.all([first, second, ask(sums(1, 3))]);
  expect(answers.map(({ status }) => status)).toEqual([200, 400, 200]);
  expect(oracle.calls.map(({ rows }) => rows)).toEqual([3, 1, 1, 1]);
});

it('68, 69: a stream that is cancelled takes its rows with it; all of them cancel the call', async () => {
  const { oracle, ask, session, waiting } = await startOverHttp2();
  const { path, body } = sums(1, 2);
  const begin = () => {
    const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/json' });
    stream.on('error', () => undefined);
    stream.end(body);
    return stream;
  };
  const leaver = begin();
  await waiting(1);
  leaver.close(8);
  await waiting(0);
  const stayer = ask(sums(3, 1));
  expect((await stayer).status).toBe(200);
  expect(oracle.calls.map(({ rows }) => rows)).toEqual([3]);
  oracle.forget();
  oracle.hold();
  const all = [];
  for (let rows = 1; rows <= 3; rows += 1) {
    all.push(begin());
    if (rows < 3) await waiting(rows);
  }
  await oracle.received(1);
  for (const stream of all) stream.close(8);
  await eventually('the call is cancelled', () => oracle.calls[0]?.aborted);
});

it('a runtime that speaks HTTP/2 only is asked about its models too', async () => {
  const { oracle, ask, passed } = await startOverHttp2({ protocol: 'http2', known: [] });
  const asked = async (): Promise<number> => {
    const before = passed('model_unread');
    await ask(sums(3));
    return passed('model_unread') - before;
  };
  await expect.poll(asked, patient).toBe(0);
  expect(oracle.pages).toContain('GET /v2/models/m/config');
});

it('V1 needs no asking', async () => {
  const { oracle, ask, waiting } = await startOverHttp2({ protocol: 'http2', known: [] });
  const first = ask(predict('{"instances":[[1]]}'));
  await waiting(1);
  const answers = await Promise.all([first, ask(predict('{"instances":[[2],[3]]}'))]);
  expect(answers.map(({ body }) => String(body))).toEqual(['{"predictions":[1]}', '{"predictions":[2,3]}']);
  expect(oracle.calls.map(({ rows }) => rows)).toEqual([3]);
});
