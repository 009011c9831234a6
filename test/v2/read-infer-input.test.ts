// One input of a V2 request: data must be exactly as long as its shape and datatype say (vectors of the protocol page by number).
import { describe, expect, it } from 'vitest';
import type { InferInput } from '../../src/v2/infer-request.ts';
import { readInferRequest } from '../../src/v2/read-infer-request.ts';
import type { Unmergeable } from '../../src/v2/unmergeable.ts';

interface Tensor {
  readonly shape: string;
  readonly datatype: string;
  readonly data: string;
}

const tensor = ({ shape, datatype, data }: Tensor): string =>
  `{"name":"x","shape":${shape},"datatype":"${datatype}","data":${data}}`;

/** The only input of a request, or why the request is refused. */
function readInput(json: string, blob?: string): InferInput | Unmergeable {
  const header = Buffer.from(`{"inputs":[${json}]}`);
  const blobs = Buffer.from((blob ?? '').replaceAll(' ', ''), 'hex');
  const request = readInferRequest(
    Buffer.concat([header, blobs]),
    blob === undefined ? undefined : String(header.length),
  );
  return typeof request === 'string' ? request : request.inputs[0]!;
}

function readBlob({ shape, datatype, data }: Tensor): InferInput | Unmergeable {
  const bytes = data.replaceAll(' ', '').length / 2;
  const json = `{"name":"x","shape":${shape},"datatype":"${datatype}","parameters":{"binary_data_size":${bytes}}}`;
  return readInput(json, data);
}

describe('JSON data', () => {
  it.each([
    ['flat', '[2,2]', 'FP32', '[1,2,3,4]'],
    ['nested', '[2,2]', 'FP32', '[[1,2],[3,4]]'],
    ['nested with line breaks (vector 3)', '[2,2]', 'FP32', '[\n  [1, 2],\r\n\t[3, 4]\n]'],
    ['without inner elements (vector 16)', '[2,0]', 'FP32', '[[],[]]'],
    ['of rank 1 (vector 18)', '[3]', 'FP32', '[1,2,3]'],
    ['beyond 2^53 (vectors 19, 20)', '[3]', 'INT64', '[9007199254740993,-9223372036854775808,1]'],
    ['of unsigned 64 bits (vector 20)', '[1]', 'UINT64', '[18446744073709551615]'],
    ['of odd numbers (vector 21)', '[4]', 'FP32', '[-0.0,1.0,1e-45,0.10000000149011612]'],
    ['of bare NaN and infinity (vector 22)', '[1,2]', 'FP32', '[NaN,-Infinity]'],
    ['beyond floats (vector 24)', '[1]', 'FP32', '[1e400]'],
    ['of strings (vector 25)', '[3]', 'BYTES', '["日本","😀","q\\"[],\\\\"]'],
    ['of escapes (vector 26)', '[3]', 'BYTES', '["\\u0000","\\ud83d\\ude00","\\ud83d"]'],
    ['of bools and others (vector 35)', '[3]', 'BOOL', '[true,false,1]'],
    ['out of range (vector 36)', '[1]', 'UINT8', '[300]'],
  ])('%s is found and left alone', (_what, shape, datatype, data) => {
    const input = readInput(tensor({ shape, datatype, data }));
    expect(input).toMatchObject({ name: 'x', datatype, shape: JSON.parse(shape) });
    const { array } = (input as InferInput).data as { array: { start: number; end: number } };
    const body = Buffer.from(`{"inputs":[${tensor({ shape, datatype, data })}]}`);
    expect(body.subarray(array.start, array.end).toString()).toBe(data);
  });

  it.each<[string, string, string, string, Unmergeable]>([
    ['too short', '[2,2]', 'FP32', '[1,2,3]', 'data_size'],
    ['too long', '[2,2]', 'FP32', '[1,2,3,4,5]', 'data_size'],
    ['empty', '[1]', 'FP32', '[]', 'data_size'],
    ['with objects', '[1]', 'BYTES', '[{"b64":"AA=="}]', 'malformed'],
    ['no array', '[1]', 'FP32', '1', 'malformed'],
    ['null', '[1]', 'FP32', 'null', 'malformed'],
    ['with a word', '[1]', 'FP32', '[nan]', 'malformed'],
    ['with a hole', '[2]', 'FP32', '[1,,2]', 'malformed'],
    ['of half floats (vector 33)', '[1]', 'FP16', '[1]', 'datatype'],
    ['of BF16', '[1]', 'BF16', '[1]', 'datatype'],
    ['of an unknown datatype', '[1]', 'STRING', '["a"]', 'datatype'],
  ])('that is %s is refused', (_what, shape, datatype, data, reason) => {
    expect(readInput(tensor({ shape, datatype, data }))).toBe(reason);
  });
});

describe('a blob', () => {
  it.each([
    ['FP32', '[1,2]', '0000803f 00000040'],
    ['BYTES (vector 27)', '[1]', '01000000 61'],
    ['BYTES', '[1,2]', '05000000 68656c6c6f 06000000 e697a5e69cac'],
    ['BYTES', '[1]', '02000000 fffe'],
    ['FP16 (vector 32)', '[1,2]', '003c 0040'],
    ['BF16 (vector 34)', '[2]', '803f 4940'],
    ['BOOL (vector 35)', '[2]', '01 00'],
    ['INT64', '[1]', '0100000000002000'],
    ['FP32', '[2,0]', ''],
  ])('of %s with shape %s fits', (what, shape, data) => {
    const datatype = what.split(' ')[0]!;
    expect(readBlob({ shape, datatype, data })).toMatchObject({ datatype, data: { encoding: 'binary' } });
  });

  it.each([
    ['FP32', '[1,2]', '0000803f 000000'],
    ['FP32', '[1,2]', '0000803f 00000040 00'],
    ['FP64', '[1,2]', '0000803f 00000040'],
    ['BYTES (vector 30)', '[1]', '64000000 616263'],
    ['BYTES', '[2]', '01000000 61'],
    ['BYTES', '[1]', '01000000 61 00000000'],
  ])('of %s with shape %s and bytes %s does not fit', (what, shape, data) => {
    expect(readBlob({ shape, datatype: what.split(' ')[0]!, data })).toBe('data_size');
  });

  it.each(['"8"', '8.0', '8e0', '-8', 'true', 'null', '[8]', '99999999999999999999', '08'])(
    'of binary_data_size %s is refused',
    (size) => {
      const json = `{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":${size}}}`;
      expect(readInput(json, '00'.repeat(8))).toBe('malformed');
    },
  );

  it('whose size is said twice is refused, whatever its spelling', () => {
    const parameters = '{"binary_data_size":8,"binary_data\\u005fsize":8}';
    const json = `{"name":"x","shape":[1,2],"datatype":"FP32","parameters":${parameters}}`;
    expect(readInput(json, '00'.repeat(8))).toBe('duplicate_key');
  });

  it('keeps the parameters beside its size, and not its size', () => {
    const parameters = '{"a":1.0,"binary_data_size":1,"\\u0062":"c"}';
    const input = readInput(`{"parameters":${parameters},"name":"x","shape":[1],"datatype":"INT8"}`, '00');
    expect([...(input as InferInput).parameters]).toEqual([
      ['a', { rawName: '"a"', value: '1.0' }],
      ['b', { rawName: '"\\u0062"', value: '"c"' }],
    ]);
  });
});

describe('a shape', () => {
  it.each<[string, string, Unmergeable]>([
    ['[]', '[5]', 'shape'],
    ['[0,2]', '[]', 'shape'],
    ['[-1,2]', '[1,2]', 'shape'],
    ['[1.0]', '[1]', 'shape'],
    ['[1e0]', '[1]', 'shape'],
    ['["1"]', '[1]', 'shape'],
    ['[[1]]', '[1]', 'shape'],
    ['[null]', '[1]', 'shape'],
    ['[9007199254740991,9007199254740991]', '[1]', 'shape'],
    ['[9007199254740992]', '[1]', 'shape'],
    ['[4294967296,4294967296,4294967296]', '[]', 'shape'],
    ['[9007199254740991]', '[1]', 'data_size'],
    ['[01]', '[1]', 'malformed'],
    ['1', '[1]', 'malformed'],
    ['null', '[1]', 'malformed'],
  ])('%s with data %s is refused (vectors 15, 17)', (shape, data, reason) => {
    expect(readInput(tensor({ shape, datatype: 'FP32', data }))).toBe(reason);
  });

  it('of many dimensions is read', () => {
    const shape = `[${'1,'.repeat(9999)}1]`;
    expect((readInput(tensor({ shape, datatype: 'INT8', data: '[7]' })) as InferInput).shape).toHaveLength(10_000);
  });

  it('must begin with the same rows in all inputs (vector 14)', () => {
    const x = tensor({ shape: '[2,2]', datatype: 'INT8', data: '[1,2,3,4]' });
    const z = tensor({ shape: '[3,2]', datatype: 'INT8', data: '[1,2,3,4,5,6]' }).replace('"x"', '"z"');
    expect(readInput(`${x},${z}`)).toBe('unequal_rows');
  });
});

describe('an input', () => {
  const whole = tensor({ shape: '[1]', datatype: 'INT8', data: '[1]' });
  it.each<[string, string, Unmergeable]>([
    ['without a name', whole.replace('"name":"x",', ''), 'malformed'],
    ['without a shape', whole.replace('"shape":[1],', ''), 'malformed'],
    ['without a datatype', whole.replace('"datatype":"INT8",', ''), 'malformed'],
    ['without data', whole.replace(',"data":[1]', ''), 'malformed'],
    ['with a number as name', whole.replace('"x"', '1'), 'malformed'],
    ['with an invalid name', whole.replace('"x"', '"\\ud83d"'), 'malformed'],
    ['with an unknown key', whole.replace('"name"', '"Name"'), 'unknown_key'],
    ['with a key twice (vector 38)', whole.replace('"shape":[1]', '"shape":[1],"shape":[2]'), 'duplicate_key'],
  ])('%s is refused', (_what, json, reason) => {
    expect(readInput(json)).toBe(reason);
  });

  it('with both data and a blob is refused', () => {
    expect(readInput(whole.replace('"data"', '"parameters":{"binary_data_size":1},"data"'), '00')).toBe('malformed');
  });

  it('whose name is no UTF-8 is refused', () => {
    const body = Buffer.from(`{"inputs":[${whole.replace('"x"', '"\xff"')}]}`, 'latin1');
    expect(readInferRequest(body, undefined)).toBe('malformed');
  });

  it('may say its fields in any order', () => {
    expect(readInput('{"data":[1],"datatype":"INT8","shape":[1],"name":"x"}')).toMatchObject({ name: 'x', shape: [1] });
  });
});
