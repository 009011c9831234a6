// The gate for real gRPC clients: the model's name stands in the message.
import { connect } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { OutriggerError } from '../../../src/errors.ts';
import { ModelMetrics } from '../../../src/model-metrics.ts';
import { gateModels } from '../../../src/puller/gate/model-gate.ts';
import { SetModel, SetModels } from '../../support/gated-set.ts';
import {
  encodeInfer,
  frame,
  type InferAnswer,
  inferenceClient,
  startInferenceRuntime,
} from '../../support/grpc/inference-peers.ts';
import { startStages } from '../../support/stage-server.ts';

async function gated(models: SetModels, compression: 0 | 1 | 2 = 0) {
  const runtime = await startInferenceRuntime();
  const server = await startStages({
    upstreamPort: runtime.port,
    stages: [gateModels(models, new ModelMetrics().requests)],
  });
  return { runtime, server, client: inferenceClient(server.port, compression) };
}

const big = [Buffer.alloc(300_000, 7)];

describe.each([
  ['plain', 0],
  ['in deflate', 1],
  ['in gzip', 2],
] as const)('messages %s', (_name, compression) => {
  it('of a model that serves go through, small and large', async () => {
    const model = new SetModel('m', 'serving');
    const { client } = await gated(new SetModels(model), compression);
    const small = await client.infer({ model_name: 'm', id: '1' });
    const large = await client.infer({ model_name: 'm', id: '2', raw_input_contents: big });
    expect([small.answer?.id, large.answer?.id]).toEqual(['1:0', '2:300000']);
    await expect.poll(() => [model.entered, model.left]).toEqual([2, 2]);
  });

  it('of a model that does not serve are UNAVAILABLE, with the reason', async () => {
    const { client, runtime } = await gated(new SetModels(new SetModel('m', 'absent')), compression);
    for (const raw_input_contents of [[], big]) {
      const { error } = await client.infer({ model_name: 'm', raw_input_contents });
      expect(error).toMatchObject({
        code: status.UNAVAILABLE,
        details: 'model m is downloading: 12 of 340 MB',
      });
      expect(error?.metadata.get('grpc-retry-pushback-ms')).toEqual(['7000']);
    }
    expect((await client.infer({ model_name: 'x' })).answer?.model_name).toBe('x'); // the runtime's own answer
    expect(runtime.inferred).toEqual(['x']);
  });

  it('of an idle model wait until it serves', async () => {
    const model = new SetModel('m', 'idle');
    const { client, runtime } = await gated(new SetModels(model), compression);
    const answers = [
      client.infer({ model_name: 'm', id: '1' }),
      client.infer({ model_name: 'm', id: '2', raw_input_contents: big }),
    ];
    await expect.poll(() => model.wakes).toBe(2);
    expect(runtime.inferred).toEqual([]);
    model.loaded();
    expect((await Promise.all(answers)).map(({ answer }) => answer?.id)).toEqual(['1:0', '2:300000']);
  });
});

describe('ModelReady', () => {
  it('of an idle model is true without waking it, of one that is still coming false', async () => {
    const idle = new SetModel('idle', 'idle');
    const { client } = await gated(new SetModels(idle, new SetModel('absent', 'absent')));
    expect(await client.ready('idle')).toEqual({ error: null, answer: { ready: true } });
    expect(await client.ready('absent')).toEqual({ error: null, answer: { ready: false } });
    expect(await client.ready('unknown')).toEqual({ error: null, answer: { ready: true } }); // by the runtime
    expect(idle.wakes).toBe(0);
  });
});

describe('a load that fails, or a queue that is full,', () => {
  it.each(['MODEL_NOT_READY', 'OVERLOADED'] as const)('%s is UNAVAILABLE', async (code) => {
    const model = new SetModel('m', 'idle');
    const { client } = await gated(new SetModels(model));
    const answer = client.infer({ model_name: 'm' });
    await expect.poll(() => model.wakes).toBe(1);
    model.failed(new OutriggerError(code, 'no room'));
    expect((await answer).error).toMatchObject({ code: status.UNAVAILABLE, details: 'no room' });
  });
});

describe('a deadline', () => {
  it('that runs out while the model is loaded ends the waiting', async () => {
    const model = new SetModel('m', 'idle');
    const { client, server } = await gated(new SetModels(model));
    const { error } = await client.infer({ model_name: 'm' }, { deadline: Date.now() + 100 });
    expect(error?.code).toBe(status.DEADLINE_EXCEEDED);
    await expect.poll(() => server.metrics.inFlight.value).toBe(0);
    model.loaded();
    expect(model.entered).toBe(0);
  });
});

describe('ModelStreamInfer', () => {
  const answersOf = (stream: ReturnType<ReturnType<typeof inferenceClient>['stream']>): InferAnswer[] => {
    const answers: InferAnswer[] = [];
    stream.on('data', (answer: InferAnswer) => answers.push(answer));
    stream.on('error', () => undefined);
    return answers;
  };

  it('is gated by its first message, and keeps its model while it is open', async () => {
    const model = new SetModel('m', 'idle');
    const { client, runtime } = await gated(new SetModels(model));
    const stream = client.stream();
    const answers = answersOf(stream);
    stream.write({ model_name: 'm', id: 'a' });
    await expect.poll(() => model.wakes).toBe(1);
    stream.write({ model_name: 'm', id: 'b', raw_input_contents: big });
    expect(runtime.streams()).toBe(0);
    model.loaded();
    await expect.poll(() => answers.map(({ id }) => id)).toEqual(['hello', 'a:0', 'b:300000']);
    expect(model.inUse).toBe(1);
    stream.end();
    await expect.poll(() => model.inUse).toBe(0);
  });

  it('of a client that listens first gets through after a moment', async () => {
    const { client } = await gated(new SetModels(new SetModel('m', 'absent')));
    const stream = client.stream();
    const answers = answersOf(stream);
    await expect.poll(() => answers.map(({ id }) => id)).toEqual(['hello']);
    stream.write({ model_name: 'm', id: 'late' });
    await expect.poll(() => answers.map(({ id }) => id)).toEqual(['hello', 'late:0']);
    stream.end();
  });

  it('that ends without a message is for the runtime', async () => {
    const { client, runtime } = await gated(new SetModels());
    const stream = client.stream();
    const answers = answersOf(stream);
    stream.end();
    await expect.poll(() => answers.map(({ id }) => id)).toEqual(['hello']);
    expect(runtime.streams()).toBe(1);
  });
});

it('a message that comes byte by byte is gated, whole, and counted once', async () => {
  const model = new SetModel('model', 'serving');
  const { runtime, server } = await gated(new SetModels(model));
  const session = connect(server.url);
  const fields = { ':method': 'POST', ':path': '/inference.GRPCInferenceService/ModelInfer', te: 'trailers' };
  const stream = session.request({ ...fields, 'content-type': 'application/grpc' });
  const trailers = new Promise<Record<string, unknown>>((resolve) => stream.on('trailers', resolve));
  stream.resume();
  const message = frame(encodeInfer({ model_name: 'model', raw_input_contents: [Buffer.alloc(20)] }));
  for (const byte of message) {
    stream.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  stream.end();
  expect((await trailers)['grpc-status']).toBe('0');
  expect([runtime.inferred, model.entered]).toEqual([['model'], 1]);
  session.close();
});

it('while all serve and none is counted, nobody looks into a message', async () => {
  const models = new SetModels(new SetModel('m', 'absent'));
  models.open = true;
  const { client } = await gated(models);
  expect((await client.infer({ model_name: 'm', id: '1' })).answer?.id).toBe('1:0');
  expect(models.looks).toEqual([]);
});
