// Payload logs in object stores: what is there in the end.
import { parquetReadObjects } from 'hyparquet';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { recordsOf, startStoreLogging } from './store-logging.ts';

const names = ['--inference-service', 'iris', '--namespace', 'lab', '--component', 'predictor', '--endpoint', 'e1'];

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

it('empty names are left out of keys', async () => {
  const { infer, stored } = await startStoreLogging(['--log-mode', 'request', '--inference-service', 'iris']);
  await infer('e-1');
  expect([...(await stored(1)).keys()]).toEqual(['prefix/iris/e-1-request.json']);
});

it('the same id twice is two objects', async () => {
  const { infer, stored } = await startStoreLogging(['--log-mode', 'request']);
  await infer('same', '{"n":1}');
  await stored(1);
  await infer('same', '{"n":2}');
  const objects = await stored(2);
  expect([...objects.keys()].toSorted()).toEqual([
    expect.stringMatching(/^prefix\/same-request-[0-9a-f]{12}\.json$/),
    'prefix/same-request.json',
  ]);
  const payloads = recordsOf(objects).map(({ bytes }) => Buffer.from(bytes, 'base64').toString());
  expect(payloads.toSorted()).toEqual(['{"n":1}', '{"n":2}']);
});

it('a batch is closed by its records: one object with a list', async () => {
  const { infer, stored } = await startStoreLogging(['--log-mode', 'request', '--log-batch-size', '3']);
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) await infer(id);
  const objects = await stored(2);
  expect([...objects.keys()].toSorted()).toEqual(['prefix/a-request.json', 'prefix/d-request.json']);
  expect(recordsOf(objects).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});

it('a batch is closed by its bytes', async () => {
  const flags = ['--log-mode', 'request', '--log-batch-size', '100', '--log-batch-bytes', '2500'];
  const { infer, server, account } = await startStoreLogging([...flags, '--log-batch-interval', '0']);
  for (const id of ['a', 'b', 'c', 'd']) await infer(id, JSON.stringify('x'.repeat(998)));
  const bucket = server.bucket('logs');
  await eventually('one object', () => bucket.size === 1);
  expect([...bucket.keys()]).toEqual(['prefix/a-request.json']);
  await expect.poll(account).toMatchObject({ delivered: 2, queued: 2 });
});

it('a batch is closed by its interval', async () => {
  const flags = ['--log-mode', 'request', '--log-batch-size', '100', '--log-batch-interval', '50ms'];
  const { infer, stored } = await startStoreLogging(flags);
  await infer('a');
  expect([...(await stored(1)).keys()]).toEqual(['prefix/a-request.json']);
});

it('a batch is closed when the agent ends', async () => {
  const flags = ['--log-batch-size', '100', '--log-batch-interval', '0'];
  const { agent, infer, server, account } = await startStoreLogging(flags);
  await infer('a');
  await infer('b');
  expect(server.bucket('logs').size).toBe(0);
  await agent.agent.drain();
  expect([...server.bucket('logs').keys()]).toEqual(['prefix/a-request.json']);
  expect(await account()).toMatchObject({ received: 4, delivered: 4, queued: 0, dropped: 0 });
});

it('both of an exchange are one record with --log-combined', async () => {
  const { infer, stored } = await startStoreLogging(['--log-combined']);
  await infer('e-1');
  const objects = await stored(1);
  expect([...objects.keys()]).toEqual(['prefix/e-1-exchange.json']);
  const [record] = recordsOf(objects);
  expect(record!.reqType).toBe('org.kubeflow.serving.inference.exchange');
  expect(JSON.parse(Buffer.from(record!.bytes, 'base64').toString())).toMatchObject({
    request: { data: { x: 1 } },
    response: { data: { ok: true }, statuscode: 200 },
  });
});

it('--log-store-format=csv', async () => {
  const { infer, stored } = await startStoreLogging(['--log-mode', 'request', '--log-store-format', 'csv', ...names]);
  await infer('e,"1"');
  const objects = await stored(1);
  const [[key, body]] = [...objects] as [[string, Buffer]];
  expect(key).toBe('prefix/lab/iris/predictor/e,"1"-request.csv');
  const [head, line, ...rest] = body.toString().split('\n');
  expect(head).toBe(
    'url,bytes,contentType,reqType,id,sourceUri,inferenceService,namespace,component,endpoint,metadata,annotations,certName,tlsSkipVerify,occurrenceTime',
  );
  expect(line).toContain('org.kubeflow.serving.inference.request,"e,""1""",');
  expect(line).toMatch(
    /^s3:\/\/logs\/prefix,eyJ4IjoxfQ==,application\/json,.*,\{\},,service-ca\.crt,false,\d{4}-[^,]+$/,
  );
  expect(rest).toEqual(['']);
});

it('--log-store-format=parquet', async () => {
  const flags = ['--log-mode', 'request', '--log-store-format', 'parquet', '--log-batch-size', '2', ...names];
  const { infer, stored } = await startStoreLogging(flags);
  await infer('a');
  await infer('b');
  const [[key, body]] = [...(await stored(1))] as [[string, Buffer]];
  expect(key).toBe('prefix/lab/iris/predictor/a-request.parquet');
  const file = body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength) as ArrayBuffer;
  const rows = await parquetReadObjects({ file });
  expect(rows).toMatchObject([
    { id: 'a', bytes: 'eyJ4IjoxfQ==', namespace: 'lab', tlsSkipVerify: 'false', url: 's3://logs/prefix' },
    { id: 'b', bytes: 'eyJ4IjoxfQ==', metadata: '{}', annotations: '' },
  ]);
});
