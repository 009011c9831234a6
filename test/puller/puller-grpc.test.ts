// Clients of gRPC at the one port of the whole agent: served, told to come back, refused, or passed on.
import { connect } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { frame, inferenceClient, startInferenceRuntime } from '../support/grpc/inference-peers.ts';
import { ModelHome } from '../support/puller/model-home.ts';

async function statusOf(url: string, method: string): Promise<number> {
  const session = connect(url);
  try {
    const path = `/inference.GRPCInferenceService/${method}`;
    const call = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const fields = Promise.withResolvers<number>();
    for (const event of ['response', 'trailers'])
      call.on(event, (headers) => {
        if (headers['grpc-status'] !== undefined) fields.resolve(Number(headers['grpc-status']));
      });
    call.on('error', fields.reject);
    call.resume().end(frame(Buffer.alloc(0)));
    return await fields.promise;
  } finally {
    session.close();
  }
}

it('calls for a model that serves and for unknown ones pass, others are UNAVAILABLE, loads PERMISSION_DENIED', async () => {
  const runtime = await startInferenceRuntime();
  const home = await ModelHome.open();
  home.put('a', 'a');
  home.want({ m: 'a', bad: 'nowhere' });
  const agent = await home.start(['--component-grpc-port', String(runtime.port)]);
  await agent.untilReady();
  const client = inferenceClient(Number(new URL(agent.url).port));
  expect((await client.infer({ model_name: 'm', id: '1' })).answer?.id).toBe('1:0');
  expect((await client.infer({ model_name: 'unknown', id: '2' })).answer?.id).toBe('2:0');
  const { error } = await client.infer({ model_name: 'bad' });
  expect(error).toMatchObject({ code: status.UNAVAILABLE, details: expect.stringContaining('s3://models/nowhere') });
  expect(await client.ready('bad')).toEqual({ error: null, answer: { ready: false } });
  for (const method of ['RepositoryModelLoad', 'RepositoryModelUnload'])
    expect([method, await statusOf(agent.url, method)]).toEqual([method, status.PERMISSION_DENIED]);
  expect(await statusOf(agent.url, 'RepositoryIndex')).toBe(status.UNIMPLEMENTED); // the runtime's own answer
  expect(runtime.inferred).toEqual(['m', 'unknown']);
});
