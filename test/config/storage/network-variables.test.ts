import { describe, expect, it } from 'vitest';
import { readStorageEnvironment } from '../../../src/config/storage-environment.ts';

type Env = Readonly<Record<string, string>>;

function configOf(env: Env) {
  const { config, problems } = readStorageEnvironment(env);
  expect(problems).toEqual([]);
  return config;
}

describe('headers of a host', () => {
  it('are those of the variable that is named for it, in any case and with or without port', () => {
    const env = { 'Models.Example.com-headers': '{"Authorization": "Bearer x", "account": ""}', 'h:81-headers': '{}' };
    expect(configOf(env).http.headers).toEqual({
      'models.example.com': { Authorization: 'Bearer x', account: '' },
      'h:81': {},
    });
  });

  it.each(['-headers', 'a-headers-b', 'HEADERS'])('%s is no such variable', (name) => {
    expect(configOf({ [name]: 'x' }).http.headers).toEqual({});
  });

  it.each(['[]', '{"a b": "c"}', '{"a": "b\\r\\nHost: c"}', '{"a": 1}', '"a"', 'a: b'])('%s are none', (text) => {
    expect(readStorageEnvironment({ 'h-headers': text }).problems).toEqual([
      expect.stringMatching(/^h-headers: expected a JSON object .* \(not shown\)$/),
    ]);
  });
});

describe('proxies', () => {
  it.each<[Env, string | null, string | null]>([
    [{ HTTP_PROXY: 'http://a:1', HTTPS_PROXY: 'http://b:2' }, 'http://a:1', 'http://b:2'],
    [{ HTTP_PROXY: 'http://a:1', http_proxy: 'http://c:3' }, 'http://c:3', null],
    [{ https_proxy: 'proxy:3128', HTTPS_PROXY: 'http://b:2' }, null, 'http://proxy:3128'],
    [{ ALL_PROXY: 'http://d:4', HTTPS_PROXY: 'http://b:2' }, 'http://d:4', 'http://b:2'],
    [{ all_proxy: 'http://e:5', ALL_PROXY: 'http://d:4' }, 'http://e:5', 'http://e:5'],
    [{ HTTP_PROXY: 'http://a:1', REQUEST_METHOD: 'GET' }, null, null], // httpoxy
    [{ http_proxy: 'http://a:1', REQUEST_METHOD: 'GET' }, 'http://a:1', null],
    [{ HTTPS_PROXY: 'http://u:p@b:2' }, null, 'http://u:p@b:2'],
  ])('%j', (env, http, https) => {
    expect(configOf(env).proxy).toMatchObject({ http, https });
  });

  it('are not asked for hosts of no_proxy', () => {
    expect(configOf({ NO_PROXY: ' .Svc, 10.0.0.0/8,,localhost b ' }).proxy.none).toEqual([
      '.svc',
      '10.0.0.0/8',
      'localhost',
      'b',
    ]);
    expect(configOf({ NO_PROXY: 'a', no_proxy: 'b' }).proxy.none).toEqual(['b']);
  });

  it('that cannot be spoken to are a problem only where they would be asked', () => {
    const socks = { ALL_PROXY: 'socks5://s:1080' };
    expect(readStorageEnvironment(socks).problems).toEqual([expect.stringMatching(/^ALL_PROXY: /)]);
    expect(configOf({ ...socks, http_proxy: 'http://a:1', https_proxy: 'http://a:1' }).proxy.https).toBe('http://a:1');
  });
});
