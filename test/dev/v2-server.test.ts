import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { ModelRepository } from '../../src/dev/model-repository.ts';
import { createV2Api } from '../../src/dev/v2-api.ts';
import { readRoute } from '../../src/dev/v2-routes.ts';
import { makeModelDir, startTestRuntime } from './runtime-client.ts';

test('a client that leaves amid its request harms nobody and is no error', async () => {
  const runtime = await startTestRuntime();
  const socket = connect(runtime.port, '127.0.0.1');
  const head = 'POST /v2/models/digits/infer HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n';
  socket.write(head);
  await once(socket, 'data'); // 100 Continue: the runtime is reading
  socket.write('{');
  socket.destroy();
  await once(socket, 'close');
  expect((await runtime.get('/v2/health/ready')).status).toBe(200);
  await runtime.stop();
  expect(runtime.logged.filter((line) => line.startsWith('error'))).toEqual([]);
});

test('a fault of the runtime itself is a 500 without its inner text, and is logged', async () => {
  const dir = await makeModelDir({});
  const runtime = await startTestRuntime({ modelDir: dir.path });
  await dir.remove();
  const reply = await runtime.post('/v2/repository/index');
  expect([reply.status, reply.json]).toEqual([500, { error: 'internal error' }]);
  expect(runtime.logged).toContain('error embedded runtime failed');
  await runtime.stop();
});

test('it is not ready until its models were tried', async () => {
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const loadModel = () => Promise.reject(new Error('not in this test'));
  const repository = new ModelRepository({ modelDir: '/nowhere', log, loadModel });
  const start = { ready: false };
  const answer = createV2Api({ repository, version: '1', isReady: () => start.ready });
  const call = { route: readRoute('GET', '/v2/health/ready'), body: Buffer.alloc(0), jsonBytes: undefined };
  await expect(answer(call)).rejects.toMatchObject({ status: 400 });
  start.ready = true;
  expect((await answer(call)).body.toString()).toBe('{"ready":true}');
});
