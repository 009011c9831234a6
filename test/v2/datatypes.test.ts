// The table of datatypes, and how one is recognised in a request.
import { expect, it } from 'vitest';
import { byteWidth, hasJsonForm, readDatatype } from '../../src/v2/datatypes.ts';

const read = (json: string): string | null => {
  const text = Buffer.from(json);
  return readDatatype(text, { start: 0, end: text.length });
};

it.each([
  ...(['BOOL', 'INT8', 'UINT8'] as const).map((datatype) => [datatype, 1] as const),
  ...(['INT16', 'UINT16', 'FP16', 'BF16'] as const).map((datatype) => [datatype, 2] as const),
  ...(['INT32', 'UINT32', 'FP32'] as const).map((datatype) => [datatype, 4] as const),
  ...(['INT64', 'UINT64', 'FP64'] as const).map((datatype) => [datatype, 8] as const),
  ['BYTES', 'variable'] as const,
])('%s has elements of %s bytes', (datatype, width) => {
  expect(byteWidth(datatype)).toBe(width);
  expect(read(`"${datatype}"`)).toBe(datatype);
});

it.each(['', 'fp32', 'FP8', 'STRING', 'FP32 ', '__proto__', 'constructor'])('"%s" is no datatype', (word) => {
  expect(byteWidth(word)).toBeNull();
  expect(read(`"${word}"`)).toBeNull();
});

it('written with escapes is the same datatype', () => {
  expect(read('"\\u0046P32"')).toBe('FP32');
  expect(read('"\\u0046P3\\q"')).toBeNull();
});

it('of half floats has no JSON form', () => {
  expect(['FP16', 'BF16', 'FP32', 'BYTES'].filter(hasJsonForm)).toEqual(['FP32', 'BYTES']);
});
