import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { inferenceProto } from '../../../../src/dev/inspector/view/inference-proto.ts';
import { readTensorHeads } from '../../../../src/dev/inspector/view/tensor-heads.ts';
import { viewBody } from '../../../../src/dev/inspector/view/view-body.ts';
import { frame } from '../../../support/grpc/inference-peers.ts';
import { partOf } from './parts.ts';

/** Messages as tritonclient 2.73.0 serializes them, in hex. */
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, 'grpc-vectors.json'), 'utf8')) as Readonly<
  Record<string, string>
>;
const { root } = protobuf.parse(inferenceProto);

type Words = NonNullable<Parameters<typeof partOf>[1]>;

function grpcPart(body: Buffer, method: string, words: Words = {}) {
  return partOf(body, { protocol: 'gRPC', path: `/inference.GRPCInferenceService/${method}`, ...words });
}

function vector(name: string): Buffer {
  return frame(Buffer.from(vectors[name] ?? '', 'hex'));
}

/** As the page gets it. */
async function shown(part: ReturnType<typeof grpcPart>): Promise<unknown> {
  return JSON.parse(JSON.stringify(await viewBody(part)));
}

async function jsonOf(part: ReturnType<typeof grpcPart>): Promise<unknown> {
  const view = await viewBody(part);
  return view.kind === 'json' ? view.text.replaceAll(/\s+/g, '') : view;
}

describe('an inference over gRPC', () => {
  it('with contents shows the values of every field of them', async () => {
    const part = grpcPart(vector('contentsRequest'), 'ModelInfer');
    expect(await shown(part)).toMatchObject({
      kind: 'tensors',
      about: {
        model_name: 'm',
        model_version: '1',
        id: 'a',
        parameters: { b: true, n: '9007199254740993', s: 'x', t: '1.0', u: 5 },
        outputs: [{ name: 'y', parameters: { classification: 2 } }],
      },
      tensors: [
        { name: 'bool', datatype: 'BOOL', shape: [2], values: ['true', 'false'] },
        { name: 'i8', values: ['-128', '7'] },
        { name: 'i64', values: ['-9223372036854775808', '9007199254740993'] },
        { name: 'u8', values: ['255'] },
        { name: 'u64', values: ['18446744073709551615'] },
        { name: 'f', values: ['0.1', 'NaN', '-0.0'] },
        { name: 'd', values: ['0.1', 'Infinity'] },
        { name: 't', values: ['hé', '0xff00'] },
      ],
    });
    expect(readTensorHeads(part)[2]).toEqual({ name: 'i64', datatype: 'INT64', shape: [2] });
  });

  it('with raw contents reads them by their datatypes', async () => {
    const part = grpcPart(vector('rawAnswer'), 'ModelInfer', { side: 'response' });
    const { tensors } = (await shown(part)) as { tensors: { values: string[] }[] };
    expect(tensors.map(({ values }) => values)).toEqual([
      ['3', '7'],
      ['1', '65504'],
      ['a', ''],
    ]);
    expect(readTensorHeads(part).map(({ name }) => name)).toEqual(['y', 'h', 't']);
  });

  it('of another package, as TorchServe has it, is read as well', async () => {
    const path = '/org.pytorch.serve.grpc.openinference.GRPCInferenceService/ModelInfer';
    expect(await shown(grpcPart(vector('contentsRequest'), '', { path }))).toMatchObject({ kind: 'tensors' });
  });

  it('that is cut shows what there is of it', async () => {
    const whole = vector('rawAnswer');
    const cut = whole.subarray(0, whole.length - 10);
    const part = grpcPart(cut, 'ModelInfer', { side: 'response', passedBytes: whole.length });
    expect(await shown(part)).toMatchObject({
      kind: 'messages',
      messages: [{ kind: 'tensors', about: { model_name: 'm' } }, { kind: 'missing' }],
    });
    expect(readTensorHeads(part)).toHaveLength(3);
  });
});

describe('a stream over gRPC', () => {
  it('shows each message, with the error that Triton tells inside it', async () => {
    const body = Buffer.concat([vector('streamAnswer'), vector('streamError')]);
    const part = grpcPart(body, 'ModelStreamInfer', { side: 'response' });
    expect(await shown(part)).toMatchObject({
      kind: 'messages',
      messages: [
        { kind: 'tensors', tensors: [{ name: 'y' }, { name: 'h' }, { name: 't' }] },
        { kind: 'tensors', about: { error_message: '[request id: a] boom', id: 'a' }, tensors: [] },
      ],
    });
    expect(readTensorHeads(part)).toHaveLength(3);
  });

  it('of MLServer, which has no wrapper, is read as well', async () => {
    const part = grpcPart(vector('rawAnswer'), 'ModelStreamInfer', { side: 'response' });
    expect(await shown(part)).toMatchObject({ kind: 'tensors', about: { model_name: 'm' } });
  });

  it('of more than 100 messages says how many more there were', async () => {
    const body = Buffer.concat(Array.from({ length: 150 }, () => vector('streamError')));
    const view = await viewBody(grpcPart(body, 'ModelStreamInfer', { side: 'response' }));
    expect(view.kind === 'messages' && view.messages).toHaveLength(101);
    expect(view).toMatchObject({ messages: expect.arrayContaining([{ kind: 'missing', reason: '50 messages more' }]) });
  });

  it('whose messages unpack to more than 1 MiB is shown up to there, and the others are counted', async () => {
    const message = frame(gzipSync(Buffer.alloc(700_000)), true);
    const part = grpcPart(Buffer.concat(Array(20).fill(message)), 'Other', { headers: [['grpc-encoding', 'gzip']] });
    const { messages } = (await shown(part)) as { messages: readonly { readonly kind: string }[] };
    expect(messages).toHaveLength(3);
    expect(messages.at(-1)).toEqual({ kind: 'missing', reason: '18 messages more' });
  });
});

describe('a compressed message', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('of %s is read by grpc-encoding', async (coding, encode) => {
    const body = frame(encode(Buffer.from(vectors.rawAnswer ?? '', 'hex')), true);
    const part = grpcPart(body, 'ModelInfer', { side: 'response', headers: [['grpc-encoding', coding]] });
    expect(await shown(part)).toMatchObject({ kind: 'tensors', about: { id: 'a' } });
    expect(readTensorHeads(part)).toHaveLength(3);
  });

  it('that is broken says why', async () => {
    const part = grpcPart(frame(Buffer.from('rubbish'), true), 'ModelInfer', { headers: [['grpc-encoding', 'gzip']] });
    expect(await shown(part)).toMatchObject({ kind: 'missing', reason: expect.stringContaining('gzip') });
  });
});

describe('another call over gRPC', () => {
  it.each([
    ['ServerReady', 'serverReady', '{"ready":true}'],
    [
      'ModelMetadata',
      'modelMetadata',
      '{"name":"m","platform":"onnxruntime_onnx","versions":["1","2"],"inputs":[{"name":"x","datatype":"FP32","shape":[-1,2]}]}',
    ],
    [
      'RepositoryIndex',
      'repositoryIndex',
      '{"models":[{"name":"m","version":"1","state":"READY"},{"name":"n","state":"UNAVAILABLE","reason":"unloaded"}]}',
    ],
    [
      'ModelStatistics',
      'statistics',
      '{"model_stats":[{"name":"m","version":"1","inference_count":12,"execution_count":3,"inference_stats":{"success":{"count":3,"ns":9007199254740993}},"batch_stats":[{"batch_size":4}]}]}',
    ],
    [
      'ModelConfig',
      'config',
      '{"config":{"name":"m","max_batch_size":8,"dynamic_batching":{"max_queue_delay_microseconds":100},"backend":"onnxruntime","input":[{"name":"x","data_type":11,"dims":[2]}]}}',
    ],
  ])('%s is answered in JSON by the names of its fields', async (method, name, json) => {
    expect(await jsonOf(grpcPart(vector(name), method, { side: 'response' }))).toBe(json);
  });

  it('asks by the names of its fields, too, maps and all', async () => {
    expect(await jsonOf(grpcPart(vector('named'), 'ModelMetadata'))).toBe('{"name":"m","version":"2"}');
    expect(await jsonOf(grpcPart(vector('repositoryLoad'), 'RepositoryModelLoad'))).toBe(
      '{"model_name":"m","parameters":{"config":{"string_param":"{}"}}}',
    );
    expect(await jsonOf(grpcPart(frame(Buffer.alloc(0)), 'ServerLive'))).toBe('{}');
  });

  it('of a method that is not known shows field numbers', async () => {
    expect(await jsonOf(grpcPart(vector('trace'), 'TraceSetting'))).toBe('{"1":{"1":"level","2":{"1":"A"}},"2":"m"}');
    const binary = await viewBody(grpcPart(frame(Buffer.from('ffffff', 'hex')), 'Other', { path: '/a.B/C' }));
    expect(binary).toEqual({ kind: 'binary', hex: 'ffffff', bytes: 3 });
  });

  it('without a message is empty', async () => {
    expect(await viewBody(grpcPart(Buffer.alloc(0), 'ModelInfer', { side: 'response' }))).toEqual({ kind: 'empty' });
  });
});

describe('the proto text', () => {
  it('is one that protobufjs takes, whose messages are read as it writes them', () => {
    const type = root.lookupType('ModelInferRequest');
    const tensors = fc.array(
      fc.record({
        name: fc.string(),
        datatype: fc.constantFrom('FP32', 'INT32'),
        shape: fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 4 }),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(tensors, (inputs) => {
        const body = frame(Buffer.from(type.encode(type.fromObject({ modelName: 'm', inputs })).finish()));
        const expected = inputs.map(({ name, datatype, shape }) => ({ name: name.toWellFormed(), datatype, shape }));
        expect(readTensorHeads(grpcPart(body, 'ModelInfer'))).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});
