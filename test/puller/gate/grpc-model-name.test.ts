// The name of a model, out of messages as protobufjs encodes them, whole, cut, compressed, and out of anything else.
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGrpcModelName } from '../../../src/puller/gate/grpc-model-name.ts';
import { encodeInfer, frame } from '../../support/grpc/inference-peers.ts';
import { seed } from '../../support/seed.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const messages = fc.record({
  model_name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
  model_version: text,
  id: text,
  parameters: fc.dictionary(text, fc.record({ string_param: text })),
  inputs: fc.array(fc.record({ name: text, datatype: text, shape: fc.array(fc.integer()) }), { maxLength: 3 }),
  raw_input_contents: fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 3 }),
});
const options = { seed, numRuns: 300 };

describe('the name of a model', () => {
  it('is read out of every message that names one, and of every beginning either it or nothing yet', () => {
    fc.assert(
      fc.property(messages, fc.nat(), (message, cut) => {
        const bytes = frame(encodeInfer(message));
        const named = { kind: 'name', name: Buffer.from(message.model_name).toString() };
        expect(readGrpcModelName(bytes, undefined)).toEqual(named);
        const reading = readGrpcModelName(bytes.subarray(0, cut % bytes.length), undefined);
        expect([named, { kind: 'more' }]).toContainEqual(reading);
      }),
      options,
    );
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const)('is read out of a message in %s', (encoding, compress) => {
    fc.assert(
      fc.property(messages, (message) => {
        const bytes = frame(compress(encodeInfer(message)), true);
        const named = { kind: 'name', name: Buffer.from(message.model_name).toString() };
        expect(readGrpcModelName(bytes, encoding)).toEqual(named);
      }),
      options,
    );
    const large = encodeInfer({ model_name: 'm', raw_input_contents: [Buffer.alloc(50_000_000)] });
    const start = frame(compress(large), true).subarray(0, 2000); // of a bomb, hardly anything is blown up
    expect(readGrpcModelName(start, encoding)).toEqual({ kind: 'name', name: 'm' });
  });

  it('is found behind fields of every kind that stand before it', () => {
    const named = encodeInfer({ model_name: 'm' });
    const before = [
      [0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], // 3: a varint of ten bytes
      [0x11, 1, 2, 3, 4, 5, 6, 7, 8], // 2: 64 bits
      [0x15, 1, 2, 3, 4], // 2: 32 bits
      [0x12, 3, 0x0a, 1, 0x78], // 2: bytes that look like the name
      [0xfa, 0xff, 0xff, 0xff, 0x0f, 0], // the highest field number
    ];
    for (const field of [...before, before.flat()]) {
      expect(readGrpcModelName(frame(Buffer.concat([Buffer.from(field), named])), undefined)).toEqual({
        kind: 'name',
        name: 'm',
      });
    }
  });

  it('of a message without one is none, once all of it is there', () => {
    const bytes = frame(encodeInfer({ id: 'x' }));
    expect(readGrpcModelName(bytes, undefined)).toEqual({ kind: 'none' });
    expect(readGrpcModelName(bytes.subarray(0, -1), undefined)).toEqual({ kind: 'more' });
    expect(readGrpcModelName(Buffer.alloc(5), undefined)).toEqual({ kind: 'none' });
    expect(readGrpcModelName(frame(encodeInfer({ model_name: 'm'.repeat(5000) })), undefined)).toEqual({
      kind: 'none',
    });
  });

  it('is none for codings that are not ours, and for what is no such coding', () => {
    const message = encodeInfer({ model_name: 'm' });
    expect(readGrpcModelName(frame(message, true), 'snappy')).toEqual({ kind: 'none' });
    expect(readGrpcModelName(frame(message, true), undefined)).toEqual({ kind: 'none' });
    expect(readGrpcModelName(frame(message, true), 'gzip')).toEqual({ kind: 'none' });
    expect(readGrpcModelName(Buffer.from([2, 0, 0, 0, 0]), undefined)).toEqual({ kind: 'none' });
  });

  it('is looked for in any bytes without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, compressed) => {
        for (const encoding of [undefined, 'gzip', 'deflate']) {
          readGrpcModelName(bytes, encoding);
          readGrpcModelName(frame(Buffer.from(bytes), compressed), encoding);
        }
      }),
      { ...options, numRuns: 2000 },
    );
  });
});
