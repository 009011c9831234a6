import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../../src/dev/inspector/own-site.ts';

const asks = (headers: Record<string, string>, method = 'GET', opsHost = '127.0.0.1') =>
  refusalOf({ method, headers }, opsHost) === null;

describe('Host', () => {
  it.each(['127.0.0.1', '127.0.0.1:9090', 'localhost:9090', 'LocalHost', '[::1]:9090', '[::1]'])(
    '%s is this machine',
    (host) => expect(asks({ host })).toBe(true),
  );

  it.each(['evil.example', 'evil.example:9090', '127.0.0.1.evil.example', '192.168.0.7', '', 'localhost@evil', '[::1'])(
    '%j is not',
    (host) => expect(asks({ host })).toBe(false),
  );

  it('must be there', () => {
    expect(asks({})).toBe(false);
  });

  it('may be the name that the port is bound to', () => {
    expect(asks({ host: 'dev-box:9090' }, 'GET', 'dev-box')).toBe(true);
    expect(asks({ host: '192.168.0.7:9090' }, 'GET', '192.168.0.7')).toBe(true);
  });

  it('may be any address, but no name, where the port is bound to all of them', () => {
    for (const bound of ['0.0.0.0', '::', '']) {
      expect(asks({ host: '192.168.0.7:9090' }, 'GET', bound)).toBe(true);
      expect(asks({ host: '[fe80::1]:9090' }, 'GET', bound)).toBe(true);
      expect(asks({ host: 'evil.example' }, 'GET', bound)).toBe(false);
    }
  });
});

describe('another site', () => {
  const host = '127.0.0.1:9090';
  it.each([
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:3000' },
    { origin: 'https://127.0.0.1:9090' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('is refused whatever it asks: %j', (fields) => {
    const headers = { host, 'x-outrigger-inspect': '1', ...(fields as Record<string, string>) };
    expect([asks(headers), asks(headers, 'POST')]).toEqual([false, false]);
  });

  it('is none where the page itself asks, or a person with curl', () => {
    const own = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin', 'x-outrigger-inspect': '1' };
    expect([asks(own, 'POST'), asks({ host, 'sec-fetch-site': 'none' })]).toEqual([true, true]);
  });
});

it('what does more than read wants the header that no other site can send', () => {
  const host = 'localhost:9090';
  expect(['GET', 'HEAD'].map((method) => asks({ host }, method))).toEqual([true, true]);
  expect(['POST', 'DELETE'].map((method) => asks({ host }, method))).toEqual([false, false]);
  expect(asks({ host, 'x-outrigger-inspect': '0' }, 'POST')).toBe(false);
  expect(asks({ host, 'x-outrigger-inspect': '1' }, 'POST')).toBe(true);
});
