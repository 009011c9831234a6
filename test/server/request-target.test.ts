import { expect, it } from 'vitest';
import { OutriggerError } from '../../src/errors.ts';
import { readTarget } from '../../src/server/request-target.ts';

const target = (url: string, method = 'GET', httpVersion = '1.1') => readTarget({ method, url, httpVersion }, 50);

it.each([
  ['/', '/', null],
  ['/a%20b/../c?x=//y', '/a%20b/../c?x=//y', null],
  ['//a', '//a', null],
  ['http://a', '/', 'a'],
  ['http://a/', '/', 'a'],
  ['HTTP://A:80/x?y', '/x?y', 'A:80'],
  ['http://[::1]:9/x', '/x', '[::1]:9'],
])('%s asks for %s', (url, path, authority) => {
  expect(target(url)).toEqual({ path, authority });
});

it('* is for OPTIONS', () => {
  expect(target('*', 'OPTIONS')).toEqual({ path: '*', authority: null });
});

it.each([
  ['*', 'GET', '1.1', 'REQUEST_MALFORMED'],
  ['a', 'GET', '1.1', 'REQUEST_MALFORMED'],
  ['', 'GET', '1.1', 'REQUEST_MALFORMED'],
  ['/a#b', 'GET', '1.1', 'REQUEST_MALFORMED'],
  ['https://a/', 'GET', '1.1', 'REQUEST_MALFORMED'],
  ['http://u:p@a/', 'GET', '1.1', 'REQUEST_MALFORMED'],
  ['http:///x', 'GET', '1.1', 'REQUEST_MALFORMED'],
  ['/', 'GET', '0.9', 'REQUEST_MALFORMED'],
  ['/', 'GET', '2.0', 'REQUEST_MALFORMED'],
  ['/', 'TRACE', '1.1', 'METHOD_NOT_ALLOWED'],
  [`/${'a'.repeat(50)}`, 'GET', '1.1', 'REQUEST_TARGET_TOO_LONG'],
])('%s (%s, HTTP/%s) is %s', (url, method, httpVersion, code) => {
  expect(() => target(url, method, httpVersion)).toThrow(OutriggerError);
  expect(() => target(url, method, httpVersion)).toThrow(expect.objectContaining({ code }));
});
