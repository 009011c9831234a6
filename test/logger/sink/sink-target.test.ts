// Is a sink's URL read as every HTTP client reads it, and can nothing in it end a header line?
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readSinkTarget } from '../../../src/logger/sink/sink-target.ts';
import { seed } from '../../support/seed.ts';

it.each([
  ['http://sink', { host: 'sink', port: 80, secure: false, serverName: 'sink' }],
  ['https://sink.example/x', { host: 'sink.example', port: 443, secure: true, serverName: 'sink.example' }],
  ['https://10.0.0.1:8443', { host: '10.0.0.1', port: 8443, secure: true, serverName: '' }],
  ['http://[2001:DB8::1]:81/', { host: '2001:db8::1', port: 81, secure: false, serverName: '' }],
])('%s lives there', (url, expected) => {
  expect(readSinkTarget(url)).toMatchObject(expected);
});

it.each([
  ['http://sink:80/', 'POST / HTTP/1.1', 'Host: sink'],
  ['http://[::1]:8080?a=b', 'POST /?a=b HTTP/1.1', 'Host: [::1]:8080'],
  ['https://u:p@sink:444/é/../x?é#f', 'POST /x?%C3%A9 HTTP/1.1', 'Host: sink:444'],
])('a request to %s begins with %s', (url, requestLine, host) => {
  expect(readSinkTarget(url).requestHead.split('\r\n').slice(0, 2)).toEqual([requestLine, host]);
});

it.each([
  ['http://sink', null],
  ['http://token@sink', 'token:'],
  ['http://:secret@sink', ':secret'],
  ['http://a:b%3Ac@sink', 'a:b:c'],
  ['http://100%@sink', '100%:'],
  ['http://a%0d%0ab:c@sink', 'a\r\nb:c'], // within base64 it ends no line
])('the user part of %s', (url, pair) => {
  const basic = pair === null ? '' : `Authorization: Basic ${Buffer.from(pair).toString('base64')}\r\n`;
  expect(readSinkTarget(url).authorization).toBe(basic);
});

it('no path, query or user part makes another line', () => {
  const part = fc.string({
    unit: fc.oneof(fc.constantFrom('\r', '\n', ' ', '%0d%0a', '\u0085', '\u2028'), fc.string()),
  });
  fc.assert(
    fc.property(part, part, part, (path, query, user) => {
      const text = `http://${user.replace(/[/\\?#@:[\]]/g, '')}@sink/${path}?${query}`;
      fc.pre(URL.canParse(text));
      const { requestHead, authorization } = readSinkTarget(text);
      expect(requestHead).toMatch(/^POST [\x21-\x7e]+ HTTP\/1\.1\r\nHost: sink\r\nUser-Agent: [\x20-\x7e]+\r\n$/);
      expect(authorization).toMatch(/^(?:Authorization: Basic [A-Za-z0-9+/=]+\r\n)?$/);
    }),
    { seed, numRuns: 500 },
  );
});
