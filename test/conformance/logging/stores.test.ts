// Payload logs in object stores: what is there in the end.
import { parquetReadObjects } from 'hyparquet';
import { expect, it } from 'vitest';
import type { S3Object } from '../../support/stores/s3-answers.ts';
import { recordsOf, startStoreLogging } from './store-logging.ts';

const names = ['--inference-service', 'iris', '--namespace', 'lab', '--component', 'predictor', '--endpoint', 'e1'];
const requests = ['--log-mode', 'request'];

it('each event is an object, under the key and with the fields of KServe', async () => {
  const flags = [...names, '--log-store-path', 'p1', '--source-uri', 'http://pod:9081/', '--metadata-headers', 'X-A'];
  const { infer, stored } = await startStoreLogging([...flags, '--metadata-annotations', 'team=a']);
  await infer('e-1', '{"instances":[1]}');
  const objects = await stored(2);
  const folder = 'prefix/lab/iris/predictor/p1';
  expect([...objects.keys()].toSorted()).toEqual([`${folder}/e-1-request.json`, `${folder}/e-1-response.json`]);
  const record = JSON.parse(String(objects.get(`${folder}/e-1-request.json`)));
  const none = { Opaque: '', User: null, Fragment: '', RawQuery: '', RawPath: '', RawFragment: '' };
  const flagsOfUrl = { ForceQuery: false, OmitHost: false };
  expect(record).toEqual({
    url: { Scheme: 's3', Host: 'logs', Path: '/prefix', ...none, ...flagsOfUrl },
    bytes: Buffer.from('{"instances":[1]}').toString('base64'),
    contentType: 'application/json',
    reqType: 'org.kubeflow.serving.inference.request',
    id: 'e-1',
    sourceUri: { Scheme: 'http', Host: 'pod:9081', Path: '/', ...none, ...flagsOfUrl },
    inferenceService: 'iris',
    namespace: 'lab',
    component: 'predictor',
    endpoint: 'e1',
    metadata: {},
    annotations: { team: 'a' },
    occurrenceTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    certName: 'service-ca.crt',
  });
  const answered = JSON.parse(String(objects.get(`${folder}/e-1-response.json`)));
  expect(answered.reqType).toBe('org.kubeflow.serving.inference.response');
  expect(Buffer.from(answered.bytes, 'base64').toString()).toBe('{"ok":true}');
});

it('the same id twice is two objects; names that are empty are left out of keys', async () => {
  const { infer, stored } = await startStoreLogging([...requests, '--inference-service', 'iris']);
  await infer('same', '{"n":1}');
  await stored(1);
  await infer('same', '{"n":2}');
  const objects = await stored(2);
  expect([...objects.keys()].toSorted()).toEqual([
    expect.stringMatching(/^prefix\/iris\/same-request-[0-9a-f]{12}\.json$/),
    'prefix/iris/same-request.json',
  ]);
  const payloads = recordsOf(objects).map(({ bytes }) => Buffer.from(bytes, 'base64').toString());
  expect(payloads.toSorted()).toEqual(['{"n":1}', '{"n":2}']);
});

it('an object is closed by its records, and when the agent ends', async () => {
  const flags = [...requests, '--log-batch-size', '3', '--log-batch-interval', '0'];
  const { agent, infer, server, account } = await startStoreLogging(flags);
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  for (const id of ids) await infer(id);
  await expect.poll(account).toMatchObject({ delivered: 6, queued: 2 });
  await agent.agent.drain();
  const objects = new Map([...server.bucket('logs')].map(([key, { body }]) => [key, body]));
  expect([...objects.keys()].toSorted()).toEqual(['a', 'd', 'g'].map((id) => `prefix/${id}-request.json`));
  expect(recordsOf(objects).map(({ id }) => id)).toEqual(ids);
  expect(await account()).toMatchObject({ received: 8, delivered: 8, queued: 0, dropped: 0 });
});

it('an object is closed by its bytes; it may be Parquet', async () => {
  const flags = [...requests, '--log-batch-size', '100', '--log-batch-bytes', '2500', '--log-batch-interval', '0'];
  const { infer, server, account } = await startStoreLogging([...flags, '--log-store-format', 'parquet', ...names]);
  for (const id of ['a', 'b', 'c', 'd']) await infer(id, JSON.stringify('x'.repeat(998)));
  await expect.poll(account).toMatchObject({ delivered: 2, queued: 2 });
  const [[key, { body }]] = [...server.bucket('logs')] as [[string, S3Object]];
  expect(key).toBe('prefix/lab/iris/predictor/a-request.parquet');
  const file = body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength) as ArrayBuffer;
  expect(await parquetReadObjects({ file })).toMatchObject([
    { id: 'a', namespace: 'lab', tlsSkipVerify: 'false', url: 's3://logs/prefix' },
    { id: 'b', metadata: '{}', annotations: '' },
  ]);
});

it('an object is closed by its interval; it may be CSV, and both of an exchange one record', async () => {
  const flags = ['--log-combined', '--log-store-format', 'csv', '--log-batch-size', '100'];
  const { infer, stored } = await startStoreLogging([...flags, '--log-batch-interval', '50ms']);
  await infer('e,"1"');
  const [[key, body]] = [...(await stored(1))] as [[string, Buffer]];
  expect(key).toBe('prefix/e,"1"-exchange.csv');
  const [head, line = '', ...rest] = body.toString().split('\n');
  expect(head).toMatch(/^url,bytes,contentType,reqType,id,.*,certName,tlsSkipVerify,occurrenceTime$/);
  const [, bytes = ''] = line.split(',');
  expect(line).toContain('application/json,org.kubeflow.serving.inference.exchange,"e,""1""",');
  expect(JSON.parse(Buffer.from(bytes, 'base64').toString())).toMatchObject({
    request: { data: { x: 1 } },
    response: { data: { ok: true }, statuscode: 200 },
  });
  expect(rest).toEqual(['']);
});
