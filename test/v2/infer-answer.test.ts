import { describe, expect, it } from 'vitest';
import { readInferAnswer } from '../../src/v2/infer-answer.ts';
import { lexeme, type Span } from '../../src/v2/json/json-scan.ts';

function read(json: string, { blobs = '', headerLength }: { blobs?: string; headerLength?: string } = {}) {
  const body = Buffer.from(json + blobs, 'latin1');
  const answer = readInferAnswer(body, headerLength ?? (blobs === '' ? undefined : String(json.length)));
  if (answer === null) return null;
  const text = (span: Span) => lexeme(body, span);
  return { answer, text };
}

const output = '{"name":"y","datatype":"FP32","shape":[1],"data":[1]}';

describe('an answer', () => {
  it('tells where its id, first dimensions, sizes, data and blobs stand', () => {
    const [y, z, w] = [
      '{"name":"y","datatype":"BYTES","shape":[ 3 ,2],"parameters":null,"data":[ "a" ]}',
      '{"parameters":{"k":1,"binary_data_size": 4 ,"list":[1,2]},"shape":[1],"datatype":"FP32","name":"z"}',
      '{"name":"w","datatype":"INT8","shape":[2],"parameters":{"binary_data_size":2}}',
    ];
    const found = read(` {"model_name":"m", "id" : "r" ,"outputs":[${y},${z},${w}]} `, { blobs: 'ZZZZWW' });
    const { answer, text } = found as NonNullable<typeof found>;
    expect(text({ start: 0, end: answer.firstKey })).toBe(' {');
    expect(answer.id === null ? null : [text(answer.id.value), text(answer.id.field)]).toEqual(['"r"', '"id" : "r" ,']);
    expect(answer.outputs.map(({ name, datatype, shape }) => [name, datatype, shape])).toEqual([
      ['y', 'BYTES', [3, 2]],
      ['z', 'FP32', [1]],
      ['w', 'INT8', [2]],
    ]);
    expect(answer.outputs.map(({ rowsText }) => text(rowsText))).toEqual(['3', '1', '2']);
    expect(
      answer.outputs.map(({ data }) =>
        data.encoding === 'json' ? text(data.array) : [text(data.sizeText), text(data)],
      ),
    ).toEqual(['[ "a" ]', ['4', 'ZZZZ'], ['2', 'WW']]);
    expect(answer.outputs.map(({ lists }) => lists.map(text))).toEqual([[], ['[1,2]'], []]);
  });

  it('may hold NaN, bytes that are no UTF-8, unknown keys and keys with escapes', () => {
    const text = `{"took":NaN,"x":"\xff","x":2,"\\u0069d":"r","outputs":[{"n\\u0061me":"y","datatype":"FP32","shape":[1],"data":[-Infinity],"\xfe":{}}]}`;
    expect(read(text)?.answer.id).not.toBeNull();
    expect(read(text)?.answer.outputs).toHaveLength(1);
  });

  it('without a byte of binary data may go without a header length', () => {
    const empty = output.replace('"data":[1]', '"parameters":{"binary_data_size":0}');
    expect(read(`{"outputs":[${empty}]}`)?.answer.outputs).toHaveLength(1);
    expect(read(`{"outputs":[${output}]}`, { headerLength: String(output.length + 14) })?.answer.outputs).toHaveLength(
      1,
    );
  });
});

describe('no answer that could be split is', () => {
  const sized = (size: string) => output.replace('"data":[1]', `"parameters":{"binary_data_size":${size}}`);

  it.each([
    ['nothing', ''],
    ['an array', `[{"outputs":[${output}]}]`],
    ['no outputs', '{"model_name":"m"}'],
    ['an empty list of outputs', '{"outputs":[]}'],
    ['outputs that are no list', `{"outputs":${output}}`],
    ['outputs twice', `{"outputs":[${output}],"outputs":[${output}]}`],
    ['an id twice', `{"id":"a","id":"b","outputs":[${output}]}`],
    ['one name twice', `{"outputs":[${output},${output.replace('"y"', '"\\u0079"')}]}`],
    ['an output that is no object', `{"outputs":[${output},1]}`],
    ['an output without a name', `{"outputs":[${output.replace('"name":"y",', '')}]}`],
    ['a name that is no text', `{"outputs":[${output.replace('"y"', '1')}]}`],
    ['a name that is no UTF-8', `{"outputs":[${output.replace('"y"', '"\xff"')}]}`],
    ['an output without a datatype', `{"outputs":[${output.replace('"datatype":"FP32",', '')}]}`],
    ['a dimension that is a fraction', `{"outputs":[${output.replace('[1]', '[1.0]')}]}`],
    ['a dimension below 0', `{"outputs":[${output.replace('[1]', '[-1]')}]}`],
    ['a dimension that is a text', `{"outputs":[${output.replace('[1]', '["1"]')}]}`],
    ['a shape twice', `{"outputs":[${output.replace('"shape":[1]', '"shape":[1],"shape":[1]')}]}`],
    ['a size that is no number', `{"outputs":[${sized('"0"')}]}`],
    ['a size that is an array', `{"outputs":[${sized('[0]')}]}`],
    ['a size below 0', `{"outputs":[${sized('-0')}]}`],
    ['a blob that is not there', `{"outputs":[${sized('4')}]}`],
    ['broken JSON', `{"outputs":[${output}]`],
    ['something behind it', `{"outputs":[${output}]}]`],
    ['an array 200 deep', `{"k":${'['.repeat(200)}${']'.repeat(200)},"outputs":[${output}]}`],
  ])('one with %s', (_, text) => {
    expect(read(text)).toBeNull();
  });

  it.each(['', '0', '-1', '+68', '1e2', '999', '99999999999999', '67', '68 ', '69'])(
    'one with header length %j',
    (headerLength) => {
      const text = `{"outputs":[${output}]}`.padEnd(68, ' ');
      expect(read(text, { headerLength: '68' })).not.toBeNull();
      expect(read(text, { headerLength })).toBeNull();
    },
  );
});
