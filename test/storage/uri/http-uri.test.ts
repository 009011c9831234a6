import { describe, expect, it } from 'vitest';
import { httpFileName } from '../../../src/storage/uri/http-uri.ts';
import { readModelUri } from '../../../src/storage/uri/read-model-uri.ts';

describe('an http URI', () => {
  it.each([
    ['http://host/m.bin', 'http://host/m.bin', 'm.bin'],
    ['https://Host:8443/a/m.tar.gz?id=3&b=%20', 'https://host:8443/a/m.tar.gz?id=3&b=%20', 'm.tar.gz'],
    ['https://user:pass@host/m', 'https://user:pass@host/m', 'm'],
    ['https://host/m#part', 'https://host/m', 'm'],
    ['https://host/a%20b%C3%A9.bin', 'https://host/a%20b%C3%A9.bin', 'a bé.bin'],
    ['https://host/100%', 'https://host/100%', '100%'],
    ['https://host/a..b/..c', 'https://host/a..b/..c', '..c'],
    ['http://0x7f.1/m', 'http://127.0.0.1/m', 'm'],
    ['https://acct.file.core.windows.net/share/m', 'https://acct.file.core.windows.net/share/m', 'm'],
    ['https://blob.core.windows.net.evil.example/c/m', 'https://blob.core.windows.net.evil.example/c/m', 'm'],
    ['https://acct.blob.core.windows.net.evil/c/m', 'https://acct.blob.core.windows.net.evil/c/m', 'm'],
  ])('%s is %s, a file %s', (text, url, name) => {
    expect(readModelUri(text)).toEqual({ scheme: 'http', url });
    expect(httpFileName(url)).toBe(name);
  });

  it.each([
    ...[
      'http://',
      'https://',
      'http:///',
      'http:host/m',
      'https://host',
      'https://host/',
      'https://host/a/',
      'https://host/?m',
    ],
    ...[
      'https://host/a/../m',
      'https://host/./m',
      'https://host/..',
      'https://host/%2e%2e/m',
      'https://host/.%2E/m',
      'https://host/a/%2e',
    ],
    ...[
      'https://host/..%2fm',
      'https://host/a%2fb',
      'https://host/a%5cb',
      'https://host/%00',
      'https://host/a%0ab',
      'https://host/a\\b',
    ],
    ...[
      'https://ho st/m',
      'https://host:99999/m',
      'https://[::1/m',
      'https://256.1.1.1/m',
      'https://host\\@evil/m',
      'https://%zz/m',
    ],
  ])('%s is refused', (text) => {
    expect(() => readModelUri(text)).toThrow(expect.objectContaining({ code: 'MODEL_URI_INVALID' }));
  });
});
