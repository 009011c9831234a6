import { describe, expect, it } from 'vitest';
import { hex, readable, splitAnswer } from '../../support/merge-texts.ts';

const model = '"model_name":"m","model_version":"1"';

/** One output y; `text` is what follows its name. */
function answer(text: string): string {
  return `{${model},"outputs":[{"name":"y",${text}}]}`;
}

const withId = (id: string, text: string) => answer(text).replace('{', `{"id":"${id}",`);

describe('a binary answer', () => {
  it('becomes a header and a blob for each member (vector 1)', () => {
    const text = (rows: number, size: number) =>
      `"datatype":"FP32","shape":[${rows},1],"parameters":{"binary_data_size":${size}}`;
    const split = splitAnswer({ json: answer(text(3, 12)), blobs: '00004040 0000e040 00003041' });
    expect(split?.map(({ headerBytes, bytes }) => [headerBytes, bytes])).toEqual([
      [140, 144],
      [140, 148],
    ]);
    expect(split?.map(readable)).toEqual([
      { json: withId('a', text(1, 4)), blobs: '00004040' },
      { json: withId('b', text(2, 8)), blobs: '0000e04000003041' },
    ]);
    expect(split?.map(({ parts }) => parts.length)).toEqual([1, 1]);
  });

  it('is cut by elements where these have lengths of their own (vectors A5, 27, 31)', () => {
    const text = (rows: number, size: number) =>
      `"datatype":"BYTES","shape":[${rows},2],"parameters":{"binary_data_size":${size}}`;
    const [a, b] = ['05000000 68656c6c6f 06000000 e697a5e69cac', '00000000 02000000 fffe 00000000 00000000'];
    expect(splitAnswer({ json: answer(text(3, 37)), blobs: a + b })?.map(readable)).toEqual([
      { json: withId('a', text(1, 19)), blobs: hex(a).toString('hex') },
      { json: withId('b', text(2, 18)), blobs: hex(b).toString('hex') },
    ]);
  });

  it('with several outputs gives everybody theirs, JSON between them', () => {
    const outputs = (rows: number, data: string) =>
      `{"outputs":[{"parameters":{"binary_data_size":${2 * rows}},"shape":[${rows}],"datatype":"FP16","name":"p"},{"name":"j","shape":[${rows},1],"datatype":"INT8","data":[${data}]},{"name":"q","datatype":"BOOL","shape":[${rows},2],"parameters":{"binary_data_size":${2 * rows},"k":1.0}}]}`;
    const json = (id: string, text: string) => text.replace('{', `{"id":"${id}",`);
    const blobs = 'a1a1 b1b1 b2b2  0a0a 0b0b 0c0c';
    expect(splitAnswer({ json: outputs(3, '1,2,3'), blobs })?.map(readable)).toEqual([
      { json: json('a', outputs(1, '1')), blobs: 'a1a10a0a' },
      { json: json('b', outputs(2, '2,3')), blobs: 'b1b1b2b20b0b0c0c' },
    ]);
  });

  it.each([[''], [undefined]])('without a single byte says nothing of a header (vectors 16, A11)', (blobs) => {
    const text = (rows: number) => `"datatype":"FP32","shape":[${rows},0],"parameters":{"binary_data_size":0}`;
    const split = splitAnswer({ json: answer(text(3)), blobs });
    expect(split?.map(readable)).toEqual([
      { json: withId('a', text(1)), blobs: null },
      { json: withId('b', text(2)), blobs: null },
    ]);
  });

  it('that is large is not copied', () => {
    const size = 100_000;
    const json = answer(`"datatype":"UINT8","shape":[3,${size}],"parameters":{"binary_data_size":${3 * size}}`);
    const split = splitAnswer({ json, blobs: '07'.repeat(3 * size) });
    expect(split?.map(({ parts }) => parts.map(({ length }) => length).slice(1))).toEqual([[size], [2 * size]]);
    expect(split?.[0]?.parts[1]?.buffer).toBe(split?.[1]?.parts[1]?.buffer);
  });
});

describe('a JSON answer', () => {
  it.each([
    ['integers beyond 2^53 (A2)', 'INT64', '', '9007199254740993,', '-9223372036854775808,9223372036854775807'],
    ['NaN and infinities (23, A3)', 'FP32', '', 'NaN,', '1.5,Infinity'],
    ['floats as they were written (21)', 'FP32', ',1', '-0.0,', '1.0,1e-45'],
    ['rows of several leaves', 'FP32', ',2', '1,2,', '3,4,5,6'],
    ['rows of rank 3', 'FP32', ',2,1', '1,2,', '3,4,5,6'],
    ['classification (45, A7)', 'BYTES', ',2', '"0.9:3:cat","0.1:1:dog",', '"0.7:0","0.3:2","1","2"'],
    ['strings with brackets (25)', 'BYTES', '', String.raw`"],[\"",`, String.raw`"\\","}{,"`],
    ['null, as orjson writes NaN', 'FP32', '', 'null,', 'null,1.5'],
    ['rows without leaves', 'FP32', ',0', '', ''],
    ['nested rows', 'FP32', ',2', '[1,2],', '[3,4],[5,6]'],
    ['nested rows of rank 3', 'FP32', ',2,2', '[[1,2],[3,4]],', '[[1,2],[3,4]],[[5,6],[7,8]]'],
    ['nested rows without leaves', 'FP32', ',0', '[],', '[],[]'],
    ['nested strings', 'BYTES', ',1', '["]"],', '["["],[","]'],
  ])('keeps %s', (_, datatype, shape, a, b) => {
    const text = (rows: number, data: string) => `"datatype":"${datatype}","shape":[${rows}${shape}],"data":[${data}]`;
    expect(splitAnswer({ json: answer(text(3, a + b)) })?.map(readable)).toEqual([
      { json: withId('a', text(1, a.replace(/,$/, ''))), blobs: null },
      { json: withId('b', text(2, b)), blobs: null },
    ]);
  });

  it('keeps bytes that are no UTF-8 (vector 29)', () => {
    const json = Buffer.from(answer('"datatype":"BYTES","shape":[3],"data":["\xff\xfe","é","\x80"]'), 'latin1');
    const split = splitAnswer({ json });
    expect(split?.map(({ parts }) => Buffer.concat(parts).toString('latin1'))).toEqual([
      withId('a', '"datatype":"BYTES","shape":[1],"data":["\xff\xfe"]'),
      withId('b', '"datatype":"BYTES","shape":[2],"data":["é","\x80"]'),
    ]);
  });

  it('keeps the key order, the spacing, nulls and unknown keys of the runtime', () => {
    const text = (id: string, rows: string, data: string) =>
      `\n{ "model_name" : "m", "model_version":null,${id} "parameters":null, "took":{"ms":[1,2,3,4]},\n "outputs":[ {"data":[${data}], "x":[1,2,3], "shape" : [ ${rows} , 1 ],"parameters":null,"name":"y","datatype":"FP32"} ] } `;
    const split = splitAnswer({ json: text(' "id":"made up",', '3', ' 1 , 2,\n3 ') });
    expect(split?.map((member) => readable(member).json)).toEqual([
      text(' "id":"a",', '1', '1'),
      text(' "id":"b",', '2', '2,\n3'),
    ]);
  });

  it.each(['"who":[7,8,9]', '"parameters":{"who":["a","b","c"]}'])(
    'beside %s is not split: that may be a row’s',
    (field) => {
      expect(
        splitAnswer({ json: answer('"datatype":"FP32","shape":[3],"data":[1,2,3]').replace('{', `{${field},`) }),
      ).toBeNull();
    },
  );

  it('with much data is the same answer', () => {
    const rows = [1, 1500, 499];
    const flat = Array.from({ length: 4000 }, (_, i) => String(i * 1.5));
    const nested = Array.from({ length: 2000 }, (_, i) => `[${flat.slice(2 * i, 2 * i + 2).join()}]`);
    for (const [values, per] of [
      [flat, 2],
      [nested, 1],
    ] as const) {
      const text = (count: number, data: readonly string[]) =>
        `"datatype":"FP32","shape":[${count},2],"data":[${data.join()}]`;
      const split = splitAnswer({ json: answer(text(2000, values)) }, { rows, ids: [null, null, null] });
      const cuts = [values.slice(0, per), values.slice(per, 1501 * per), values.slice(1501 * per)];
      expect(
        split?.map((member, i) => readable(member).json === answer(text(rows[i] as number, cuts[i] ?? []))),
      ).toEqual([true, true, true]);
    }
  });

  it('with long nested rows is cut between them, or not at all', () => {
    const row = (first: number, length = 300) => `[${Array.from({ length }, (_, i) => first + i).join(', ')}]`;
    const text = (count: number, data: readonly string[]) =>
      `"datatype":"INT32","shape":[${count},300],"data":[${data.join()}]`;
    const three = [row(1), row(2), row(3)];
    const split = splitAnswer({ json: answer(text(3, three)) });
    expect(split?.map((member) => readable(member).json)).toEqual([
      withId('a', text(1, three.slice(0, 1))),
      withId('b', text(2, three.slice(1))),
    ]);
    expect(splitAnswer({ json: answer(text(3, [row(1, 299), row(2, 301), row(3)])) })).toBeNull();
  });
});

describe('parameters of an output', () => {
  const text = (rows: number, data: string, lists: string) =>
    `"datatype":"INT8","shape":[${rows}],"parameters":{"content_type":"np","deep":{"a":[1,2,3]},${lists}},"data":[${data}]`;

  it('that list a value for each row are cut as the rows are (MLServer)', () => {
    const split = splitAnswer({ json: answer(text(3, '1,2,3', '"k":["x",{"y":[1]},[2]],"two":[1,2]')) });
    expect(split?.map((member) => readable(member).json)).toEqual([
      withId('a', text(1, '1', '"k":["x"],"two":[1,2]')),
      withId('b', text(2, '2,3', '"k":[{"y":[1]},[2]],"two":[1,2]')),
    ]);
  });
});

describe('ids', () => {
  const text = (id: string) => `{${id}"outputs":[{"name":"y","datatype":"INT8","shape":[3],"data":[1,2,3]}]}`;
  const fresh = () => {
    let next = 0;
    return () => `new-${++next}`;
  };
  const idsOf = (id: string, ids: readonly (string | null)[], sentId: string | null = null) => {
    const rows = [1, 1, 1];
    const split = splitAnswer({ json: text(id) }, { rows, ids, sentId, newId: fresh() });
    return split?.map((member) => readable(member).json.replace(/"outputs".*/, ''));
  };
  const three = ['"a"', null, String.raw`"\"}é"`.replace('é', '\xc3\xa9')];

  it('that the runtime does not echo are put in front, where there was one (vector 54)', () => {
    expect(idsOf('', three)).toEqual(['{"id":"a",', '{', String.raw`{"id":"\"}é",`]);
  });

  it('that the runtime makes up are replaced, for a member without one by a fresh one', () => {
    expect(idsOf('"id": "r" , ', three)).toEqual(['{"id": "a" , ', '{"id": "new-1" , ', String.raw`{"id": "\"}é" , `]);
    expect(idsOf('"id":"r",', [null, null, null], '"ours"')).toEqual([
      '{"id":"new-1",',
      '{"id":"new-2",',
      '{"id":"new-3",',
    ]);
  });

  it('of ours never reach a member', () => {
    expect(idsOf('"id":"ours",', three, '"ours"')).toEqual(['{"id":"a",', '{', String.raw`{"id":"\"}é",`]);
    expect(idsOf('', three, '"ours"')).toEqual(['{"id":"a",', '{', String.raw`{"id":"\"}é",`]);
  });

  it.each(['""', 'null'])('that the runtime leaves at %s stay so for a member without one', (none) => {
    expect(idsOf(`"id":${none},`, three)).toEqual(['{"id":"a",', `{"id":${none},`, String.raw`{"id":"\"}é",`]);
  });

  it.each([
    [',"id":"ours"}', '}'],
    [' , "id":"ours" }', '  }'],
    [',"id":"ours","k":1}', ',"k":1}'],
  ])('go with one comma: %s', (end, without) => {
    const json = `${text('').slice(0, -1)}${end}`;
    const split = splitAnswer({ json }, { ids: ['"a"', null], sentId: '"ours"' });
    expect(split?.map((member) => readable(member).json.replace(/.*\]\}\]/, ''))).toEqual([
      end.replace('ours', 'a'),
      without,
    ]);
  });
});

describe('outputs that were asked for', () => {
  const output = (name: string) => `{"name":${name},"datatype":"INT8","shape":[3],"data":[1,2,3]}`;
  const split = (names: readonly string[], requestedOutputs: readonly string[] | null) =>
    splitAnswer({ json: `{"outputs":[${names.map(output).join()}]}` }, { requestedOutputs });

  it('may come in any order, with others between them (vector 64)', () => {
    expect(split(['"b"', '"caf\\u00e9"', '"a"'], ['a', 'b', 'café'])).toHaveLength(2);
    expect(split(['"a"'], null)).toHaveLength(2);
  });

  it('must all be there, each once (vector 63)', () => {
    expect(split(['"a"'], ['a', 'b'])).toBeNull();
    expect(split(['"a"', '"\\u0061"'], ['a'])).toBeNull();
    expect(split([], null)).toBeNull();
  });
});
