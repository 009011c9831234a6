import { describe, expect, it } from 'vitest';
import { maskSecrets, quoteRejected } from '../../src/config/secrets.ts';

describe('a value that is shown', () => {
  it.each([
    ['https://user:pass@sink/x', 'https://***@sink/x'],
    ['https://token@sink', 'https://***@sink'],
    ['https://a:p@ss@sink/', 'https://***@sink/'],
    ['https://sink/x?sv=1&sig=abc%3D&se=2', 'https://sink/x?sv=1&sig=***&se=2'],
    [
      'https://sink/?X-Amz-Signature=a&X-Amz-Security-Token=b#access_token=c',
      'https://sink/?X-Amz-Signature=***&X-Amz-Security-Token=***#access_token=***',
    ],
    ['abfss://container@account.dfs.core.windows.net/p', 'abfss://container@account.dfs.core.windows.net/p'],
    ['abfss://c:secret@account.dfs.core.windows.net/p', 'abfss://***@account.dfs.core.windows.net/p'],
    ['http://sink/mail@example.com', 'http://sink/mail@example.com'],
    ['sklearn-predictor-0', 'sklearn-predictor-0'],
  ])('%s is shown as %s', (url, shown) => {
    expect(maskSecrets(url)).toBe(shown);
  });
});

describe('a rejected text', () => {
  it.each([
    ['ftp://user:pa/ss@host', '"ftp://***@host"'],
    ['user:pass@host', '"***@host"'],
    ['http://a:\nb@host', '"http://***@host"'],
    ['host?token=abc', '"host?token=***"'],
    ['a"b\n', '"a\\"b\\n"'],
  ])('%j is quoted as %s', (text, quoted) => {
    expect(quoteRejected(text)).toBe(quoted);
  });

  it('is cut when it is long', () => {
    expect(quoteRejected('x'.repeat(1_000_000)).length).toBeLessThan(200);
  });
});
