import { expect, it } from 'vitest';
import { readReason, readResponseHead } from '../../src/http/response-head.ts';

it('keeps end-to-end fields in wire order, duplicates and case included', () => {
  const raw = ['X-b', '1', 'Set-Cookie', 'a', 'set-cookie', 'b', 'Content-Length', '2', 'x-B', '3'];
  const head = readResponseHead([...raw]);
  expect(head.headers.write([])).toEqual(raw);
  expect(head).toMatchObject({ contentLength: 2, chunked: false });
});

it('drops hop-by-hop fields and those that Connection names', () => {
  const raw = [
    'Connection',
    'X-Hop',
    'x-hop',
    '1',
    'Keep-Alive',
    'timeout=5',
    'Transfer-Encoding',
    'chunked',
    'X-End',
    '2',
  ];
  const head = readResponseHead(raw);
  expect(head.headers.write([])).toEqual(['X-End', '2']);
  expect(head).toMatchObject({ contentLength: null, chunked: true });
});

for (const raw of [
  ['Content-Length', '2', 'Content-Length', '2'],
  ['Content-Length', '2, 2'],
  ['Content-Length', '-1'],
  ['Content-Length', '1e3'],
  ['Content-Length', ''],
  ['Content-Length', '2', 'Transfer-Encoding', 'chunked'],
  ['Transfer-Encoding', 'chunked', 'Content-Length', '2'],
  ['Transfer-Encoding', 'gzip'],
  ['Transfer-Encoding', 'gzip, chunked'],
  ['Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked'],
]) {
  it(`refuses ${JSON.stringify(raw)}`, () => {
    expect(() => readResponseHead(raw)).toThrow(expect.objectContaining({ code: 'UPSTREAM_PROTOCOL_ERROR' }));
  });
}

for (const [decoded, written] of [
  ['OK', 'OK'],
  ['', ''],
  [undefined, undefined],
  ['Gr\u00fc\u00dfe', Buffer.from('Gr\u00fc\u00dfe').toString('latin1')],
  ['caf\ufffd', undefined],
  ['a\u0001b', undefined],
  ['\u00e9\u0001', undefined],
] as const) {
  it(`writes the reason phrase ${JSON.stringify(decoded)} as ${JSON.stringify(written)}`, () => {
    expect(readReason(decoded)).toBe(written);
  });
}
