// Are the first bytes kept, and no more memory than they need?
import { expect, it } from 'vitest';
import { truncate } from '../../../src/logger/privacy/truncate.ts';
import { captured } from '../../support/redaction.ts';

const body = captured('0123456789', 3); // 0123 4567 89

it.each([
  [0, []],
  [1, ['0']],
  [4, ['0123']],
  [5, ['0123', '4']],
  [8, ['0123', '4567']],
  [9, ['0123', '4567', '8']],
])('of ten bytes %i are kept', (maxBytes, expected) => {
  const { data, ...rest } = truncate(body, maxBytes);
  expect(data.map((piece) => Buffer.from(piece).toString())).toEqual(expected);
  expect(rest).toEqual({ bytes: maxBytes, totalBytes: 10, broken: false, redacted: 'no' });
});

it.each([10, 11, null])('a body is itself with a limit of %j', (maxBytes) => {
  expect(truncate(body, maxBytes)).toBe(body);
});

it('the rest of a large piece is not held', () => {
  const [piece] = truncate(captured(Buffer.alloc(1_000_000)), 10).data;
  expect(piece?.buffer.byteLength).toBe(10);
});

it('what is said of the body stays: that it was longer, broke off, or was redacted', () => {
  const said = {
    totalBytes: 99,
    broken: true,
    redacted: 'parts',
    recoded: { contentEncoding: null, headerLength: '7' },
  } as const;
  expect(truncate({ ...body, ...said }, 3)).toMatchObject({ ...said, bytes: 3 });
});
