// Is a body redacted before it is cut, and are its first bytes kept in no more memory than they need?
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { FlatHeaderBlock } from '../../../src/http/header-block.ts';
import { bodyForLog, truncate } from '../../../src/logger/privacy/body-for-log.ts';
import { openRedactor } from '../../../src/logger/privacy/redactor.ts';
import { captured, rule } from '../../support/redaction.ts';

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

const secret = '{"ssn":"123-45-6789","a":1}';
const facts = { path: '/v1/models/m:predict', redactor: openRedactor([rule('ssn')]), maxBytes: 14 };

it.each([
  ['plain', secret, []],
  ['small and coded', gzipSync(secret), ['content-encoding', 'gzip']],
])('a body, %s, is read whole to be redacted, and cut afterwards', async (_what, sent, coding) => {
  const headers = new FlatHeaderBlock(['content-type', 'application/json', ...coding]);
  const logged = await bodyForLog(captured(sent), { ...facts, headers });
  expect(Buffer.concat(logged.data).toString()).toBe('{"ssn":"***","');
  expect(logged).toMatchObject({ bytes: 14, totalBytes: 19, redacted: 'parts' });
});

it('several codings are several, also in fields of their own: what nobody decodes is removed', async () => {
  const headers = new FlatHeaderBlock(['content-encoding', 'identity', 'content-encoding', 'br']);
  expect(await bodyForLog(captured(secret), { ...facts, headers })).toMatchObject({ data: [], redacted: 'removed' });
});
