import { describe, expect, it } from 'vitest';
import { mergeInfer } from '../../../src/batcher/merge/merge-infer.ts';
import { OutriggerError } from '../../../src/errors.ts';
import { blockOf, hex, inferRequest, readable } from '../../support/merge-texts.ts';

const wantsBinary = ',"outputs":[{"name":"y","parameters":{"binary_data":true}}]';

function fp32(id: string, rows: number, blob: string) {
  const parameters = `"parameters":{"binary_data_size":${8 * rows}}`;
  const input = `{"name":"x","shape":[${rows},2],"datatype":"FP32",${parameters}}`;
  return inferRequest(`{"id":"${id}","inputs":[${input}]${wantsBinary}}`, blob);
}

/** One input; `text` is what follows its name. */
function one(text: string, blobs?: string) {
  return inferRequest(`{"inputs":[{"name":"x",${text}}]}`, blobs);
}

describe('binary requests', () => {
  it('become one with a canonical header and the rows of all (vector 1)', () => {
    const merged = mergeInfer(
      [fp32('a', 1, '0000803f 00000040'), fp32('b', 2, '00004040 00008040 0000a040 0000c040')],
      null,
    );
    expect(merged.headerBytes).toBe(153);
    expect(merged.bytes).toBe(177);
    expect(readable(merged)).toEqual({
      json: `{"inputs":[{"name":"x","shape":[3,2],"datatype":"FP32","parameters":{"binary_data_size":24}}]${wantsBinary}}`,
      blobs: hex('0000803f 00000040 00004040 00008040 0000a040 0000c040').toString('hex'),
    });
  });

  it('are matched by the names of their inputs, not by their order (vector A1)', () => {
    const input = (name: string, datatype: string) =>
      `{"name":"${name}","shape":[1,1],"datatype":"${datatype}","parameters":{"binary_data_size":4}}`;
    const merged = mergeInfer(
      [
        inferRequest(`{"inputs":[${input('x', 'FP32')},${input('z', 'INT32')}]}`, '0000803f 07000000'),
        inferRequest(`{"inputs":[${input('z', 'INT32')},${input('x', 'FP32')}]}`, '09000000 00000040'),
      ],
      null,
    );
    expect(readable(merged)).toEqual({
      json: '{"inputs":[{"name":"x","shape":[2,1],"datatype":"FP32","parameters":{"binary_data_size":8}},{"name":"z","shape":[2,1],"datatype":"INT32","parameters":{"binary_data_size":8}}]}',
      blobs: hex('0000803f 00000040 07000000 09000000').toString('hex'),
    });
  });

  it('keep BYTES as they are, length prefixes included (vector A5)', () => {
    const bytes = (rows: number, size: number) =>
      `"shape":[${rows},2],"datatype":"BYTES","parameters":{"binary_data_size":${size}}`;
    const [a, b] = ['05000000 68656c6c6f 06000000 e697a5e69cac', '00000000 01000000 78 00000000 00000000'];
    const merged = readable(mergeInfer([one(bytes(1, 19), a), one(bytes(2, 17), b)], null));
    expect(merged.json).toBe(`{"inputs":[{"name":"x",${bytes(3, 36)}}]}`);
    expect(merged.blobs).toBe(hex(a + b).toString('hex'));
  });

  it.each([
    ['FP16', '003c 0040', 'ff7b 007e'],
    ['BF16', '803f 4940', '0000 8000'],
  ])('join %s without looking at it (vector A6)', (datatype, a, b) => {
    const text = (rows: number) =>
      `"shape":[${rows},2],"datatype":"${datatype}","parameters":{"binary_data_size":${4 * rows}}`;
    const merged = readable(mergeInfer([one(text(1), a), one(text(1), b)], null));
    expect(merged).toEqual({ json: `{"inputs":[{"name":"x",${text(2)}}]}`, blobs: hex(a + b).toString('hex') });
  });

  it('without a single byte keep their sizes (vector 16)', () => {
    const text = (rows: number) => `"shape":[${rows},0],"datatype":"FP32","parameters":{"binary_data_size":0}`;
    const merged = readable(mergeInfer([one(text(2), ''), one(text(1), '')], null));
    expect(merged).toEqual({ json: `{"inputs":[{"name":"x",${text(3)}}]}`, blobs: '' });
  });

  it('keep other parameters of an input in front of the size', () => {
    const text = (rows: number) =>
      `"shape":[${rows}],"datatype":"UINT8","parameters":{"unit":"m","k":1.0,"binary_data_size":${rows}}`;
    expect(readable(mergeInfer([one(text(1), '01'), one(text(2), '02 03')], null))).toEqual({
      json: `{"inputs":[{"name":"x",${text(3)}}]}`,
      blobs: '010203',
    });
  });

  it('may have JSON inputs beside them', () => {
    const mixed = (data: string) =>
      `{"inputs":[{"name":"j","shape":[1],"datatype":"INT32","data":[${data}]},{"name":"b","shape":[1],"datatype":"INT8","parameters":{"binary_data_size":1}}]}`;
    const merged = mergeInfer([inferRequest(mixed('5'), '01'), inferRequest(mixed('6'), '02')], null);
    expect(readable(merged)).toEqual({
      json: '{"inputs":[{"name":"j","shape":[2],"datatype":"INT32","data":[5,6]},{"name":"b","shape":[2],"datatype":"INT8","parameters":{"binary_data_size":2}}]}',
      blobs: '0102',
    });
  });

  it('pass large blobs on without a copy', () => {
    const size = 100_000;
    const text = `"shape":[1,${size}],"datatype":"UINT8","parameters":{"binary_data_size":${size}}`;
    const requests = ['07', '09'].map((byte) => one(text, byte.repeat(size)));
    const { parts } = mergeInfer(requests, null);
    expect(parts.map((part) => part.length)).toEqual([parts[0]?.length, size, size]);
    for (const [i, { body }] of requests.entries()) expect(parts[i + 1]?.buffer).toBe(body.buffer);
  });

  it('that are small become a single part', () => {
    const requests = Array.from({ length: 32 }, () => fp32('a', 1, '0000803f 00000040'));
    expect(mergeInfer(requests, null).parts).toHaveLength(1);
  });
});

describe('JSON requests', () => {
  const data = (rows: number, shape: string, datatype: string, text: string) =>
    `"shape":[${rows}${shape}],"datatype":"${datatype}","data":${text}`;

  it.each([
    ['flat and nested data (vector 2)', ',2', 'FP32', [1, '[1,2]'], [2, '[[3,4],[5,6]]'], '[1,2,3,4,5,6]'],
    ['pretty-printed data (vector 3)', ',2', 'FP32', [1, '[\n  [\n    1,\n    2\n  ]\n]'], [1, '[3,4]'], '[1,2,3,4]'],
    [
      'integers beyond 2^53 (A2)',
      ',2',
      'INT64',
      [1, '[[9007199254740993,-9223372036854775808]]'],
      [1, '[ 9223372036854775807 , 0 ]'],
      '[9007199254740993,-9223372036854775808,9223372036854775807,0]',
    ],
    ['floats as they were written (21)', '', 'FP32', [2, '[-0.0,1.0]'], [1, '[1e-45]'], '[-0.0,1.0,1e-45]'],
    ['NaN and infinities (22)', '', 'FP32', [2, '[NaN,-Infinity]'], [2, '[1,2]'], '[NaN,-Infinity,1,2]'],
    [
      'strings with brackets, quotes and commas (A4)',
      ',1',
      'BYTES',
      [3, '["a","é",""]'],
      [3, String.raw`["日本","😀","q\"[],\\"]`],
      String.raw`["a","é","","日本","😀","q\"[],\\"]`,
    ],
    ['escapes (26)', '', 'BYTES', [1, String.raw`["\u0000"]`], [1, '["\\ud83d"]'], String.raw`["\u0000","\ud83d"]`],
    ['tensors without elements', ',0', 'FP32', [2, '[[],[]]'], [1, '[]'], '[]'],
    ['rows of rank 1 (18)', '', 'FP32', [1, '[1]'], [3, '[2,3,4]'], '[1,2,3,4]'],
  ] as const)('of %s', (_, shape, datatype, [rowsA, a], [rowsB, b], joined) => {
    const merged = mergeInfer([one(data(rowsA, shape, datatype, a)), one(data(rowsB, shape, datatype, b))], null);
    expect(readable(merged)).toEqual({
      json: `{"inputs":[{"name":"x",${data(rowsA + rowsB, shape, datatype, joined)}}]}`,
      blobs: null,
    });
  });

  const many = 5000;
  const flat = (first: number) => `[${Array.from({ length: many }, (_, i) => first + i).join(', ')}]`;
  const nested = (first: number) => `[${Array.from({ length: many }, (_, i) => `[${first + i}]`).join(', ')}]`;
  const inner = (text: string) => text.slice(1, -1);
  const tight = (text: string) => `[${text.replaceAll(/[[\] ]/g, '')}]`;

  it.each([
    ['flat: stays as it was written', flat(0), flat(many), `[${inner(flat(0))},${inner(flat(many))}]`],
    ['nested: stays nested', nested(0), nested(many), `[${inner(nested(0))},${inner(nested(many))}]`],
    [
      'of both forms: is flattened',
      tight(flat(0)),
      nested(many),
      `[${inner(tight(flat(0)))},${inner(tight(nested(many)))}]`,
    ],
  ])('with much data %s', (_, a, b, joined) => {
    const merged = mergeInfer([one(data(many, ',1', 'INT32', a)), one(data(many, ',1', 'INT32', b))], null);
    const same = readable(merged).json === `{"inputs":[{"name":"x",${data(2 * many, ',1', 'INT32', joined)}}]}`;
    expect(same).toBe(true); // told without printing 100 KB
  });
});

describe('the header of the merged request', () => {
  const input = '"inputs":[{"name":"x","shape":[1],"datatype":"INT32","data":[1]}]';
  const both = input.replace('[1]', '[2]').replace('"data":[1]', '"data":[1,1]');

  it('has the parameters as they were sent, in front of the inputs (vector A8)', () => {
    const request = inferRequest(`{${input},"parameters":{"temperature":1.0,"k\\u0041":"é"}}`);
    const merged = readable(mergeInfer([request, request], null));
    expect(merged.json).toBe(`{"parameters":{"temperature":1.0,"k\\u0041":"é"},${both}}`);
  });

  it('has the outputs of the first with their parameters (vector A7)', () => {
    const [p, q] = ['{"name":"p","parameters":{"classification":2}}', '{"name":"q"}'];
    const requests = [`[${p},${q}]`, `[${q},${p}]`].map((outputs) => inferRequest(`{${input},"outputs":${outputs}}`));
    expect(readable(mergeInfer(requests, null)).json).toBe(`{${both},"outputs":[${p},${q}]}`);
  });

  it('has no id, or the one that it is given as its first key', () => {
    const request = inferRequest(`{"id":"mine",${input},"parameters":{"k":true}}`);
    expect(readable(mergeInfer([request, request], null)).json).toBe(`{"parameters":{"k":true},${both}}`);
    expect(readable(mergeInfer([request, request], '"b-1"')).json).toBe(`{"id":"b-1","parameters":{"k":true},${both}}`);
  });

  it('has the names as the first wrote them', () => {
    const named = (name: string) => inferRequest(`{${input.replace('"x"', name)}}`);
    const merged = readable(mergeInfer([named('"caf\\u00e9 \\"1\\""'), named('"café \\"1\\""')], null));
    expect(merged.json).toBe(`{${both.replace('"x"', '"caf\\u00e9 \\"1\\""')}}`);
    const raw = blockOf(mergeInfer([named('"café"'), named('"caf\\u00e9"')], null));
    expect(raw.toString()).toBe(`{${both.replace('"x"', '"café"')}}`);
  });
});

describe('requests that are not of one kind', () => {
  const json = '"shape":[1],"datatype":"INT8","data":[1]';
  const binary = '"shape":[1],"datatype":"INT8","parameters":{"binary_data_size":1}';

  it.each([
    ['other encodings', one(json), one(binary, '01')],
    ['other encodings', one(binary, '01'), one(json)],
    ['other names', one(json), inferRequest(`{"inputs":[{"name":"z",${json}}]}`)],
    ['more inputs', one(json), inferRequest(`{"inputs":[{"name":"x",${json}},{"name":"z",${json}}]}`)],
  ])('are refused as a fault of ours: %s', (_, a, b) => {
    const merge = () => mergeInfer([a, b], null);
    expect(merge).toThrow(OutriggerError);
    expect(merge).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });
});
