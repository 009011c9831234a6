import { expect, it } from 'vitest';
import { openMetadataReader } from '../../../src/logger/event/metadata.ts';
import { loggedRequest } from '../../support/logged-exchange.ts';

const read = (names: readonly string[], headers: readonly string[]): string =>
  openMetadataReader(names)(loggedRequest(headers));

it.each([
  ['nothing asked for', [], ['x-a', '1'], '{}'],
  ['nothing there', ['X-B'], ['x-a', '1'], '{}'],
  ['the key as configured, the field in any case', ['X-a'], ['x-A', '1'], '{"X-a":["1"]}'],
  ['every value in order', ['X-A'], ['x-a', '2', 'x-b', '0', 'X-A', '1'], '{"X-A":["2","1"]}'],
  ['those that are there', ['X-A', 'X-B', 'X-C'], ['x-c', '3', 'x-a', '1'], '{"X-A":["1"],"X-C":["3"]}'],
  ['an empty value', ['X-A'], ['x-a', ''], '{"X-A":[""]}'],
  ['a name asked for twice once', ['X-A', 'X-A'], ['x-a', '1'], '{"X-A":["1"]}'],
  ['two spellings of a name', ['X-A', 'x-a'], ['x-a', '1'], '{"X-A":["1"],"x-a":["1"]}'],
  ['a name like a property', ['__proto__', 'constructor'], ['__proto__', '1'], '{"__proto__":["1"]}'],
  [
    'what is no other field here',
    ['Host', 'Content-Length'],
    [],
    '{"Host":["iris.example:8080"],"Content-Length":["7"]}',
  ],
])('is %s', (_what, names, headers, json) => {
  expect(read(names, headers)).toBe(json);
});

it('is JSON whatever the values are', () => {
  const hostile = [
    '"',
    '\\',
    '\t',
    '\u0000',
    '"]}',
    '%22',
    '\x7f',
    '\xff',
    'é',
    '\u2028',
    '\ud800',
    'x'.repeat(65_536),
  ];
  const headers = hostile.flatMap((value) => ['x-a', value]);
  expect(JSON.parse(read(['x-a'], headers))).toEqual({ 'x-a': hostile });
});

it('holds values written as UTF-8 as what they mean', () => {
  expect(read(['x-a'], ['x-a', Buffer.from('Größe').toString('latin1')])).toBe('{"x-a":["Größe"]}');
});

it('has neither Host nor Content-Length where there is none', () => {
  const request = { ...loggedRequest(), authority: '', contentLength: null };
  expect(openMetadataReader(['host', 'content-length'])(request)).toBe('{}');
});
