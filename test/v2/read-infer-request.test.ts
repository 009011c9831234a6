// Requests of V2: what is read of a whole one, and the reason why another goes on alone (vectors of the protocol page by number).
import { describe, expect, it } from 'vitest';
import type { InferRequest } from '../../src/v2/infer-request.ts';
import { readInferRequest } from '../../src/v2/read-infer-request.ts';
import type { Unmergeable } from '../../src/v2/unmergeable.ts';

const x = '{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}';
const xBlob = '{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}';

function readJson(json: string): InferRequest | Unmergeable {
  return readInferRequest(Buffer.from(json), undefined);
}

function readBinary(json: string, blobs: string, headerLength?: string): InferRequest | Unmergeable {
  const header = Buffer.from(json);
  const body = Buffer.concat([header, Buffer.from(blobs.replaceAll(' ', ''), 'hex')]);
  return readInferRequest(body, headerLength ?? String(header.length));
}

function read(result: InferRequest | Unmergeable): InferRequest {
  if (typeof result === 'string') throw new Error(`refused: ${result}`);
  return result;
}

describe('a request with a blob', () => {
  const json =
    '{"id":"a","inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}],"outputs":[{"name":"y","parameters":{"binary_data":true}}]}';

  it('is read whole (vector 1)', () => {
    const request = read(readBinary(json, '0000803f 00000040'));
    expect(request).toMatchObject({ headerBytes: 161, binary: true, id: '"a"', rows: 1, parameters: new Map() });
    expect(request.inputs).toEqual([
      {
        name: 'x',
        rawName: '"x"',
        datatype: 'FP32',
        shape: [1, 2],
        parameters: new Map(),
        data: { encoding: 'binary', start: 161, end: 169 },
      },
    ]);
    const parameters = new Map([['binary_data', { rawName: '"binary_data"', value: 'true' }]]);
    expect(request.outputs).toEqual([{ name: 'y', rawName: '"y"', parameters }]);
  });

  it.each<[string, string, Unmergeable]>([
    ['longer than the body', '170', 'header_length'],
    ['negative', '-1', 'header_length'],
    ['no number', 'abc', 'header_length'],
    ['empty', '', 'header_length'],
    ['of eleven digits', '99999999999', 'header_length'],
    ['a list', '161, 161', 'header_length'],
    ['zero: a raw tensor', '0', 'raw_binary'],
    ['short by one', '160', 'malformed'],
    ['long by one', '162', 'data_size'],
  ])('is refused when its header length is %s (vectors 49, 50)', (_what, headerLength, reason) => {
    expect(readBinary(json, '0000803f 00000040', headerLength)).toBe(reason);
  });

  it('is refused with bytes missing or left over (vector 52)', () => {
    expect(readBinary(json, '0000803f 000000')).toBe('data_size');
    expect(readBinary(json, '0000803f 00000040 00')).toBe('data_size');
  });

  it('is refused without the header that says where the blob begins', () => {
    expect(readJson(`{"inputs":[${xBlob}]}`)).toBe('malformed');
  });

  it('may have no blob at all: the header length is the body length (vector 51)', () => {
    expect(read(readBinary(`{"inputs":[${x}]}`, '')).inputs[0]?.data.encoding).toBe('json');
  });

  it('counts its header in bytes, not in characters (vector 53)', () => {
    const request = read(readBinary(`{"id":"é","inputs":[${xBlob}]}`, '0000803f 00000040'));
    expect(request.inputs[0]?.data).toMatchObject({ start: request.headerBytes, end: request.headerBytes + 8 });
    expect(Buffer.from(request.id ?? '', 'latin1').toString()).toBe('"é"');
  });

  it('mixes blobs and JSON, the blobs in the order of the inputs', () => {
    const z = xBlob.replace('"x"', '"z"').replace('FP32', 'INT16').replace('8', '4');
    const request = read(readBinary(`{"inputs":[${xBlob},${x.replace('"x"', '"y"')},${z}]}`, '00'.repeat(12)));
    const at = request.headerBytes;
    expect(request.inputs.map(({ data }) => data)).toMatchObject([
      { encoding: 'binary', start: at, end: at + 8 },
      { encoding: 'json' },
      { encoding: 'binary', start: at + 8, end: at + 12 },
    ]);
  });
});

describe('the top level', () => {
  it.each<[string, string, Unmergeable]>([
    ['nothing', '', 'malformed'],
    ['an array', '[]', 'malformed'],
    ['no inputs', '{"id":"a"}', 'malformed'],
    ['empty inputs', '{"inputs":[]}', 'malformed'],
    ['inputs that are no array', `{"inputs":${x}}`, 'malformed'],
    ['an input that is no object', '{"inputs":[1]}', 'malformed'],
    ['text behind it', `{"inputs":[${x}]} x`, 'malformed'],
    ['a second object behind it', `{"inputs":[${x}]}{}`, 'malformed'],
    ['a comma too many', `{"inputs":[${x}],}`, 'malformed'],
    ['a byte order mark', `\ufeff{"inputs":[${x}]}`, 'malformed'],
    ['an end too soon', `{"inputs":[${x}]`, 'malformed'],
    ['a number as id', `{"id":1,"inputs":[${x}]}`, 'malformed'],
    ['null as id', `{"id":null,"inputs":[${x}]}`, 'malformed'],
    ['half a surrogate pair as id', `{"id":"\\ud83d","inputs":[${x}]}`, 'malformed'],
    ['a broken escape in the id', `{"id":"\\q","inputs":[${x}]}`, 'malformed'],
    ['null as outputs', `{"inputs":[${x}],"outputs":null}`, 'malformed'],
    ['an output without a name', `{"inputs":[${x}],"outputs":[{}]}`, 'malformed'],
    ['an unknown key', `{"inputs":[${x}],"stream":true}`, 'unknown_key'],
    ['an unknown key named __proto__', `{"inputs":[${x}],"__proto__":{}}`, 'unknown_key'],
    ['an unknown key of an output', `{"inputs":[${x}],"outputs":[{"name":"y","shape":[1]}]}`, 'unknown_key'],
    ['a key twice', `{"inputs":[${x}],"inputs":[${x}]}`, 'duplicate_key'],
    ['a key twice, once with escapes', `{"inputs":[${x}],"id":"a","\\u0069d":"b"}`, 'duplicate_key'],
    ['an input twice (vector 37)', `{"inputs":[${x},${x}]}`, 'duplicate_key'],
    ['an input twice, once with escapes', `{"inputs":[${x},${x.replace('"x"', '"\\u0078"')}]}`, 'duplicate_key'],
    ['an output twice (vector 39)', `{"inputs":[${x}],"outputs":[{"name":"y"},{"name":"y"}]}`, 'duplicate_key'],
    ['a key of an output twice', `{"inputs":[${x}],"outputs":[{"name":"y","name":"z"}]}`, 'duplicate_key'],
  ])('with %s is refused', (_what, json, reason) => {
    expect(readJson(json)).toBe(reason);
  });

  it('may name the model and the version, which mean nothing', () => {
    const request = read(readJson(`{"model_name":"n","model_version":{"a":[1]},"inputs":[${x}]}`));
    expect(Object.keys(request)).not.toContain('model_name');
  });

  it('may be spread over lines and end in white space (vector 3)', () => {
    const pretty = JSON.stringify(JSON.parse(`{"id":"a","inputs":[${x}],"outputs":[{"name":"y"}]}`), null, 2);
    expect(read(readJson(` ${pretty}\r\n\t `)).rows).toBe(1);
  });

  it.each([
    ['absent', '', null],
    ['empty', '"id":"",', null],
    ['plain', '"id":"a",', '"a"'],
    ['with escapes', '"id":"\\u0061\\n",', '"\\u0061\\n"'],
  ])('keeps an id that is %s as it was sent (vector 54)', (_what, id, raw) => {
    expect(read(readJson(`{${id}"inputs":[${x}]}`)).id).toBe(raw);
  });

  it('without outputs, or with none of them, asks for all', () => {
    expect(read(readJson(`{"inputs":[${x}]}`)).outputs).toBeNull();
    expect(read(readJson(`{"inputs":[${x}],"outputs":[]}`)).outputs).toBeNull();
  });

  it('keeps names as they were sent, whatever they are called (vector 79)', () => {
    const inputs = ['__proto__', 'constructor', '\\u0061', 'ü'].map((name) => x.replace('"x"', `"${name}"`));
    const request = read(readJson(`{"inputs":[${inputs}],"outputs":[{"name":"__proto__"},{"name":"toString"}]}`));
    expect(request.inputs.map(({ name }) => name)).toEqual(['__proto__', 'constructor', 'a', 'ü']);
    expect(request.inputs[2]?.rawName).toBe('"\\u0061"');
    expect(Buffer.from(request.inputs[3]?.rawName ?? '', 'latin1').toString()).toBe('"ü"');
    expect(request.outputs?.map(({ name }) => name)).toEqual(['__proto__', 'toString']);
  });
});

describe('a hostile request', () => {
  it('of very many inputs is read in one go', () => {
    const inputs = Array.from({ length: 50_000 }, (_, i) => `{"name":"${i}","shape":[1],"datatype":"INT8","data":[1]}`);
    expect(read(readJson(`{"inputs":[${inputs}]}`)).inputs).toHaveLength(50_000);
    expect(readJson(`{"inputs":[${inputs},${inputs[77]}]}`)).toBe('duplicate_key');
  });

  it('nested without end is refused', () => {
    expect(readJson(x.replace('[1,2]}', '['.repeat(1_000_000)))).toBe('unknown_key');
    expect(readJson(`{"inputs":[${x.replace('[1,2]}', '['.repeat(1_000_000))}`)).toBe('malformed');
    expect(readJson(`{"model_name":${'{"a":'.repeat(1_000_000)}`)).toBe('malformed');
    expect(readJson(`{"inputs":${'['.repeat(1_000_000)}`)).toBe('malformed');
  });
});
