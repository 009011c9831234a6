import { expect, it } from 'vitest';
import { FlatHeaderBlock } from '../../../src/http/header-block.ts';
import { readExchangeId } from '../../../src/logger/event/exchange-id.ts';

const idOf = (...headers: readonly string[]): string => readExchangeId(new FlatHeaderBlock(headers));
const uuid = expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
const longest = 'i'.repeat(256);

it.each([
  ['Ce-Id', ['Ce-Id', 'a', 'X-Request-Id', 'b'], 'a'],
  ['Ce-Id in any case and place', ['x-request-id', 'b', 'CE-ID', 'a'], 'a'],
  ['X-Request-Id in its place', ['X-REQUEST-ID', 'b'], 'b'],
  ['the first of several', ['ce-id', 'a', 'ce-id', 'b'], 'a'],
  ['as it came, percent signs and spaces too', ['ce-id', 'a%20b c'], 'a%20b c'],
  ['256 characters', ['ce-id', longest], longest],
  ['256 characters of UTF-8', ['ce-id', Buffer.from('€'.repeat(256)).toString('latin1')], '€'.repeat(256)],
  ['not an empty one', ['ce-id', '', 'x-request-id', 'b'], 'b'],
  ['not a blank one', ['ce-id', ' \u00a0 ', 'x-request-id', 'b'], 'b'],
  ['not a longer one', ['ce-id', `${longest}i`, 'x-request-id', 'b'], 'b'],
  ['not a huge one', ['ce-id', 'i'.repeat(60_000), 'x-request-id', 'b'], 'b'],
  ['without control characters', ['ce-id', 'a\tb'], 'a\ufffdb'],
])('is %s', (_what, headers, id) => {
  expect(idOf(...headers)).toBe(id);
});

it.each([
  ['no id came', []],
  ['none of them is one', ['ce-id', '', 'x-request-id', `${longest}i`]],
])('is a UUID when %s', (_what, headers) => {
  expect(idOf(...headers)).toEqual(uuid);
  expect(idOf(...headers)).not.toBe(idOf(...headers));
});
