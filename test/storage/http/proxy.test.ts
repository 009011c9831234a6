// Which requests go through a proxy: the rules of HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
import { describe, expect, it } from 'vitest';
import { planRoute, routeKey } from '../../../src/storage/http/proxy.ts';

const proxies = { http: 'http://proxy:3128', https: 'http://u:p@secure-proxy:3129' };

function isDirect(url: string, none: readonly string[]): boolean {
  return planRoute(new URL(url), { ...proxies, none }).proxy === null;
}

describe('NO_PROXY', () => {
  it.each<[none: string, direct: readonly string[], proxied: readonly string[]]>([
    ['*', ['http://a/', 'https://10.0.0.1/'], []],
    [
      'example.com',
      ['http://example.com/', 'http://EXAMPLE.com./', 'http://a.b.example.com:81/'],
      ['http://xexample.com/', 'http://com/'],
    ],
    ['.example.com', ['http://a.example.com/'], ['http://example.com/', 'http://xexample.com/']],
    ['*.example.com', ['http://a.example.com/', 'http://a.b.example.com/'], ['http://example.com/']],
    ['Example.COM.', ['http://example.com/'], ['http://example.org/']],
    ['example.com:8080', ['http://example.com:8080/'], ['http://example.com/', 'http://example.com:808/']],
    ['example.com:443', ['https://example.com/'], ['http://example.com/']],
    ['10.0.0.1', ['http://10.0.0.1/', 'http://10.1:9000/'], ['http://10.0.0.2/', 'http://a.10.0.0.1.example/']],
    ['10.0.0.1:9000', ['http://10.0.0.1:9000/'], ['http://10.0.0.1/']],
    ['10.0.0.0/8', ['http://10.255.1.2/'], ['http://11.0.0.1/', 'http://ten/']],
    ['fd00::/8', ['http://[fd12::1]/'], ['http://[fe12::1]/', 'http://10.0.0.1/']],
    ['::1', ['http://[::1]:8080/'], ['http://[::2]/']],
    ['[::1]:8080', ['http://[::1]:8080/'], ['http://[::1]/']],
    ['[::1]', ['http://[0::1]/'], ['http://[::2]/']],
    ['localhost', ['http://localhost:9000/', 'http://a.localhost/'], ['http://127.0.0.1/']],
    ['10.0.0.0/33', [], ['http://10.0.0.1/']],
    ['', [], ['http://a/']],
    ['/', [], ['http://a/']],
  ])('%j', (none, direct, proxied) => {
    for (const url of direct) expect([url, isDirect(url, ['nobody', none])]).toEqual([url, true]);
    for (const url of proxied) expect([url, isDirect(url, ['nobody', none])]).toEqual([url, false]);
  });
});

describe('a route', () => {
  it('leads through the proxy of its own scheme', () => {
    expect(planRoute(new URL('http://a/'), { ...proxies, none: [] })).toEqual({
      host: 'a',
      port: 80,
      secure: false,
      proxy: { host: 'proxy', port: 3128, secure: false, authorization: null },
    });
    expect(planRoute(new URL('https://[::2]:8443/'), { ...proxies, none: [] })).toEqual({
      host: '::2',
      port: 8443,
      secure: true,
      proxy: { host: 'secure-proxy', port: 3129, secure: false, authorization: `Basic ${btoa('u:p')}` },
    });
    expect(planRoute(new URL('https://a/'), { http: 'http://proxy', https: null, none: [] }).proxy).toBe(null);
    expect(planRoute(new URL('http://a/'), { http: 'proxy:1', https: null, none: [] }).proxy).toMatchObject({
      port: 1,
    });
  });

  it('has another key for another host, port, scheme or proxy', () => {
    const urls = ['http://a/x', 'http://a:81/', 'https://a/', 'http://b/', 'https://a:80/'];
    const routes = [
      { http: null, https: null, none: [] },
      { ...proxies, none: [] },
    ].flatMap((config) => urls.map((url) => routeKey(planRoute(new URL(url), config))));
    expect(new Set(routes).size).toBe(routes.length);
    expect(routeKey(planRoute(new URL('http://a/y?z'), { http: null, https: null, none: [] }))).toBe(routes[0]);
  });

  it('leads nowhere but by http and https', () => {
    expect(() => planRoute(new URL('ftp://a/'), { ...proxies, none: [] })).toThrow('neither http nor https');
  });
});
