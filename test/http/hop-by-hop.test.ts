import { describe, expect, it } from 'vitest';
import { fieldRole, readConnectionOptions, withoutFields } from '../../src/http/hop-by-hop.ts';

describe('the role of a field', () => {
  it.each([
    ['content-type', 'content-type'],
    ['accept', undefined],
    ['keep-alive', 'drop'],
    ['proxy-authentication-info', 'drop'],
    ['proxy-status', undefined],
    ['transfer_encoding', 'refuse'],
    ['content_length', 'refuse'],
    ['transfer.encoding', 'refuse'],
    ['content$length', 'refuse'],
    ['content&length', 'refuse'],
    ['trans-fer-encoding', undefined],
    ['keep_alive', 'look-alike'],
    ['x_forwarded_for', 'look-alike'],
    ['x_forwarded-for', 'look-alike'],
    ['x-forwarded_proto', 'look-alike'],
    ['x-forwarded-for', 'forwarded-for'],
    ['__proto__', undefined],
    ['constructor', undefined],
    ['', undefined],
  ])('%j: %j', (name, role) => {
    expect(fieldRole(name)).toBe(role);
  });
});

describe('Connection options', () => {
  it.each([
    ['keep-alive', null],
    ['Close', null],
    ['', null],
    [' , ,', null],
    ['close, keep-alive', null],
    ['X-A', ['x-a']],
    ['close, X-A ,\tX-B,', ['x-a', 'x-b']],
  ])('%j names %j', (value, names) => {
    expect(readConnectionOptions(value)).toEqual(names);
  });

  it.each([
    ['close', ['x-a']],
    ['', ['x-a']],
    ['X-B', ['x-a', 'x-b']],
  ])('%j behind a field that named x-a: %j', (value, names) => {
    expect(readConnectionOptions(value, ['x-a'])).toEqual(names);
  });
});

it('named fields are removed in any case, the others keep order and duplicates', () => {
  const flat = ['B', '1', 'X-Hop', '2', 'a', '3', 'x-hop', '4', 'B', '5'];
  expect(withoutFields(flat, ['x-hop'])).toEqual(['B', '1', 'a', '3', 'B', '5']);
});
