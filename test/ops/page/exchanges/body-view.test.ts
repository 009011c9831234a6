import { expect, it } from 'vitest';
import { hexLines } from '../../../../src/ops/page/exchanges/body-view.js';

it('bytes are shown sixteen to a line, with what of them is ASCII', () => {
  const hex = Buffer.from('binary\u0000data of 18').toString('hex');
  expect(hexLines(hex).split('\n')).toEqual([
    '0000  62 69 6e 61 72 79 00 64 61 74 61 20 6f 66 20 31  binary·data of 1',
    '0010  38                                               8',
  ]);
  expect(hexLines('')).toBe('');
});
