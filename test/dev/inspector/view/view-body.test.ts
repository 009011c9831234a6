import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { BodyView } from '../../../../src/dev/inspector/api.ts';
import type { MessagePart } from '../../../../src/dev/inspector/view/message-part.ts';
import { readTensorHeads } from '../../../../src/dev/inspector/view/tensor-heads.ts';
import { viewBody } from '../../../../src/dev/inspector/view/view-body.ts';
import { binaryPart, partOf } from './parts.ts';

async function tensorsOf(part: MessagePart) {
  const view = await viewBody(part);
  if (view.kind !== 'tensors') throw new Error(`no tensors: ${JSON.stringify(view)}`);
  // What the page gets is JSON.
  return JSON.parse(JSON.stringify(view)) as Extract<BodyView, { kind: 'tensors' }>;
}

async function valuesOf(part: MessagePart): Promise<readonly (readonly string[])[]> {
  return (await tensorsOf(part)).tensors.map(({ values }) => values);
}

function tensor(datatype: string, shape: readonly number[], bytes: number): string {
  return JSON.stringify({
    inputs: [{ name: 'x', shape, datatype, parameters: { binary_data_size: bytes } }],
  });
}

describe('tensors of V2 JSON', () => {
  it('keep integers beyond 2^53, nested data or flat', async () => {
    const nested =
      '{"inputs":[{"name":"k","shape":[1,2],"datatype":"INT64","data":[[9007199254740993,-9223372036854775808]]}]}';
    const flat = '{"inputs":[{"name":"k","shape":[1,2],"datatype":"INT64","data":[ 9223372036854775807 , 0 ]}]}';
    expect(await valuesOf(partOf(nested))).toEqual([['9007199254740993', '-9223372036854775808']]);
    expect(await valuesOf(partOf(flat))).toEqual([['9223372036854775807', '0']]);
  });

  it('show NaN, infinities, -0.0, 1.0 and 1e400 as the runtime wrote them', async () => {
    const answer =
      '{"model_name":"m","outputs":[{"name":"y","datatype":"FP64","shape":[5],"data":[NaN,-Infinity,-0.0,1.0,1e400]}]}';
    const { tensors, about } = await tensorsOf(partOf(answer, { side: 'response' }));
    expect(tensors[0]).toMatchObject({ values: ['NaN', '-Infinity', '-0.0', '1.0', '1e400'], elements: 5 });
    expect(tensors[0]?.range).toEqual({ min: expect.closeTo(0), max: 1, mean: 0.5 });
    expect(about).toEqual({ model_name: 'm' });
  });

  it('keep commas, brackets and quotes inside strings', async () => {
    const data = ['a', 'é', '', '日本', '😀', 'q"[],\\'];
    const body = JSON.stringify({ inputs: [{ name: 't', shape: [6, 1], datatype: 'BYTES', data }] });
    expect(await valuesOf(partOf(body))).toEqual([data]);
  });

  it('come with id, parameters by their own digits, and requested outputs', async () => {
    const body =
      '{"id":"a","parameters":{"t":1.0,"n":9007199254740993,"p":1},"inputs":[{"name":"x","shape":[1],"datatype":"BOOL","data":[true]}],"outputs":[{"name":"y"}]}';
    const { about, tensors } = await tensorsOf(partOf(body));
    expect(about).toEqual({ id: 'a', parameters: { t: '1.0', n: '9007199254740993', p: 1 }, outputs: [{ name: 'y' }] });
    expect(tensors[0]).toMatchObject({ values: ['true'], range: null });
  });

  it('are 256 values at the most, with the range of all', async () => {
    const data = Array.from({ length: 1000 }, (_, index) => index);
    const body = JSON.stringify({ inputs: [{ name: 'x', shape: [10, 100], datatype: 'INT32', data }] });
    const [view] = (await tensorsOf(partOf(body))).tensors;
    expect(view?.values).toHaveLength(256);
    expect(view).toMatchObject({ elements: 1000, range: { min: 0, max: 999, mean: 499.5 } });
  });

  it('of a cut body are read up to there, without the number that may go on', async () => {
    const body = '{"id":"a","inputs":[{"name":"x","shape":[2,4],"datatype":"FP32","data":[[1.5,2.25],[3.1';
    const { about, tensors } = await tensorsOf(partOf(body, { passedBytes: 5000 }));
    expect(about['(cut)']).toBe(`only the first ${body.length} of 5000 bytes were kept`);
    expect(tensors[0]).toMatchObject({ shape: [2, 4], values: ['1.5', '2.25'], elements: 8 });
  });

  it('that name a field __proto__ harm nobody', async () => {
    const body =
      '{"__proto__":{"x":1},"inputs":[{"name":"x","shape":[1],"datatype":"FP32","parameters":{"__proto__":1},"data":[1]}]}';
    await viewBody(partOf(body));
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});

describe('tensors of V2 binary', () => {
  it.each([
    ['BOOL', '01 00', ['true', 'false']],
    ['UINT8', 'ff 00', ['255', '0']],
    ['UINT16', 'ffff 0100', ['65535', '1']],
    ['UINT32', 'ffffffff 01000000', ['4294967295', '1']],
    ['UINT64', 'ffffffffffffffff 0100000000002000', ['18446744073709551615', '9007199254740993']],
    ['INT8', '80 7f', ['-128', '127']],
    ['INT16', '0080 ff7f', ['-32768', '32767']],
    ['INT32', '00000080 07000000', ['-2147483648', '7']],
    ['INT64', '0000000000000080 0100000000002000', ['-9223372036854775808', '9007199254740993']],
    ['FP16', '003c ff7b 007e 662e 0180', ['1', '65504', 'NaN', '0.1', '-6e-8']],
    ['BF16', '803f 4940 80ff', ['1', '3.14', '-Infinity']],
    ['FP32', 'cdcccc3d 00000080 0000c07f 0000803f', ['0.1', '-0.0', 'NaN', '1']],
    ['FP64', '9a9999999999b93f 000000000000f07f', ['0.1', 'Infinity']],
    ['BYTES', '05000000 68656c6c6f 00000000 02000000 ff00', ['hello', '', '0xff00']],
  ])('of %s are read from their bytes', async (datatype, hex, values) => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    const part = binaryPart(tensor(datatype, [values.length], bytes.length), hex);
    expect(await valuesOf(part)).toEqual([values]);
    expect(readTensorHeads(part)).toEqual([{ name: 'x', datatype, shape: [values.length] }]);
  });

  it('and of JSON may be in one request, blobs in the order of the inputs that have one', async () => {
    const json =
      '{"inputs":[{"name":"z","shape":[1,1],"datatype":"INT32","parameters":{"binary_data_size":4}},{"name":"j","shape":[2],"datatype":"INT8","data":[1,2]},{"name":"x","shape":[1,1],"datatype":"FP32","parameters":{"binary_data_size":4}}]}';
    expect(await valuesOf(binaryPart(json, '09000000 00000040'))).toEqual([['9'], ['1', '2'], ['2']]);
  });

  it('that are cut give their whole elements', async () => {
    const part = binaryPart(tensor('INT32', [100], 400), '01000000 02000000 0300', { passedBytes: 600 });
    const { tensors } = await tensorsOf(part);
    expect(tensors[0]).toMatchObject({ values: ['1', '2'], elements: 100 });
  });

  it('count the header in bytes, not in characters', async () => {
    const json =
      '{"id":"é","inputs":[{"name":"x","shape":[1],"datatype":"UINT8","parameters":{"binary_data_size":1}}]}';
    const { about, tensors } = await tensorsOf(binaryPart(json, '2a'));
    expect([about.id, tensors[0]?.values]).toEqual(['é', ['42']]);
  });

  it('in an answer to a request in JSON are read as well', async () => {
    const json = tensor('FP32', [1], 4).replace('inputs', 'outputs');
    const part = { ...binaryPart(json, '0000803f', { side: 'response' }), protocol: 'V2 JSON' as const };
    expect(await valuesOf(part)).toEqual([['1']]);
  });

  it('without a name, of a raw request, are bytes', async () => {
    const headers = [['Inference-Header-Content-Length', '0']] as const;
    expect(await viewBody(partOf(Buffer.from('0000803f', 'hex'), { protocol: 'V2 binary', headers }))).toEqual({
      kind: 'binary',
      hex: '0000803f',
      bytes: 4,
    });
  });
});

describe('other bodies', () => {
  it('of V1 are indented JSON with their numbers as they came, lists of numbers in a line', async () => {
    const view = await viewBody(
      partOf('{"instances":[[9007199254740993,1.0],[2]],"signature_name":"s","e":{}}', { protocol: 'V1' }),
    );
    expect(view).toEqual({
      kind: 'json',
      text: '{\n  "instances": [\n    [9007199254740993, 1.0],\n    [2]\n  ],\n  "signature_name": "s",\n  "e": {}\n}',
      cut: false,
    });
  });

  it('of V2 that are errors or metadata are JSON', async () => {
    const view = await viewBody(partOf('{"error":"no such model"}', { side: 'response' }));
    expect(view).toMatchObject({ kind: 'json', text: '{\n  "error": "no such model"\n}' });
    const metadata = '{"name":"m","inputs":[],"outputs":[{"name":"y","datatype":"FP32","shape":[-1]}]}';
    const part = partOf(metadata, { side: 'response', path: '/v2/models/m' });
    expect(await viewBody(part)).toMatchObject({ kind: 'json' });
    expect(readTensorHeads(part)).toEqual([]);
  });

  it('of event streams are text, of images bytes, and none is empty', async () => {
    const stream = 'data: {"a":1}\n\ndata: [DONE]\n\n';
    expect(await viewBody(partOf(stream, { protocol: 'HTTP' }))).toEqual({ kind: 'text', text: stream, cut: false });
    const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(1000)]);
    expect(await viewBody(partOf(png, { protocol: 'HTTP' }))).toEqual({
      kind: 'binary',
      hex: png.toString('hex', 0, 512),
      bytes: 1008,
    });
    expect(await viewBody(partOf('', { protocol: 'HTTP' }))).toEqual({ kind: 'empty' });
  });

  it('that were not kept say so', async () => {
    expect(await viewBody({ ...partOf(''), body: null })).toEqual({ kind: 'missing', reason: 'it was not kept' });
  });

  it('are 64 KiB of text at the most, cut also inside a character', async () => {
    const long = await viewBody(partOf('é'.repeat(100_000), { protocol: 'HTTP' }));
    expect(long).toMatchObject({ kind: 'text', cut: true, text: 'é'.repeat(65_536) });
    const half = Buffer.from('aé').subarray(0, 2);
    expect(await viewBody(partOf(half, { protocol: 'HTTP', passedBytes: 99 }))).toEqual({
      kind: 'text',
      text: 'a',
      cut: true,
    });
  });
});

describe('a content coding', () => {
  const json = '{"instances":[1]}';
  const shown = { kind: 'json', text: '{\n  "instances": [1]\n}', cut: false };

  it.each([
    ['gzip', gzipSync(json)],
    ['deflate', deflateSync(json)],
    ['br', brotliCompressSync(json)],
    ['zstd', zstdCompressSync(json)],
  ])('of %s is taken off', async (coding, body) => {
    expect(await viewBody(partOf(body, { protocol: 'V1', headers: [['Content-Encoding', coding]] }))).toEqual(shown);
  });

  it('is taken off before the header length counts', async () => {
    const header = tensor('UINT8', [1], 1);
    const body = gzipSync(Buffer.concat([Buffer.from(header), Buffer.from([7])]));
    const headers = [
      ['content-encoding', 'gzip'],
      ['inference-header-content-length', String(header.length)],
    ] as const;
    const part = partOf(body, { protocol: 'V2 binary', headers });
    expect(await valuesOf(part)).toEqual([['7']]);
    expect(readTensorHeads(part)).toHaveLength(1);
  });

  it('of a body that was cut is taken off as far as it goes', async () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `line ${index}`).join('\n');
    const coded = gzipSync(text);
    const part = partOf(coded.subarray(0, coded.length / 2), {
      protocol: 'HTTP',
      headers: [['Content-Encoding', 'gzip']],
      passedBytes: coded.length,
    });
    const view = await viewBody(part);
    expect(view).toMatchObject({ kind: 'text', cut: true });
    expect(text.startsWith((view as { text: string }).text)).toBe(true);
    expect((view as { text: string }).text.length).toBeGreaterThan(1000);
  });

  it('of a bomb gives its first part, of rubbish the reason', async () => {
    const headers = [['Content-Encoding', 'gzip']] as const;
    const bomb = await viewBody(partOf(gzipSync(Buffer.alloc(4_000_000, 'a')), { protocol: 'HTTP', headers }));
    expect(bomb).toMatchObject({ kind: 'text', cut: true });
    expect(await viewBody(partOf('rubbish', { headers }))).toEqual({
      kind: 'missing',
      reason: expect.stringContaining('broken gzip'),
    });
    expect(await viewBody(partOf('x', { headers: [['Content-Encoding', 'compress']] }))).toMatchObject({
      kind: 'missing',
    });
  });
});
