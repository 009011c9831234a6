// Can a secret of a URI be read in what is shown, and is the marker's spelling the same for the same object?
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactUri, specUri } from '../../../src/storage/uri/redact-uri.ts';
import { naughtyStrings } from '../../support/naughty-strings.ts';
import { seed } from '../../support/seed.ts';

const blob = 'https://acct.blob.core.windows.net/c/m';

describe('a URI that is shown', () => {
  it.each([
    ['s3://bucket/path', 's3://bucket/path'],
    ['s3://bucket/mail@example.com', 's3://bucket/mail@example.com'],
    ['s3://bucket/a?b', 's3://bucket/a?***'],
    ['s3://key:secret@bucket/a', 's3://***@bucket/a'],
    ['s3://key:sec/ret@bucket/a', 's3://***'],
    ['https://user:pass@host/m', 'https://***@host/m'],
    ['https://token@host/m', 'https://***@host/m'],
    ['https://a:p@ss@host/m', 'https://***@host/m'],
    ['https://a:p/ss@host/m', 'https://***'],
    ['https://a:p?ss@host/m', 'https://***'],
    ['https://a:p#ss@host/m', 'https://***'],
    ['https://a:p\\ss@host/m', 'https://***'],
    ['https://user:pass', 'https://***'],
    ['https://host:8080/mail@example.com', 'https://host:8080/mail@example.com'],
    ['https://[::1]:8080/m', 'https://[::1]:8080/m'],
    [`${blob}?sv=1&sig=secret`, `${blob}?***`],
    [`${blob}#sig=secret`, `${blob}#***`],
    ['HTTPS://U:P@Host/m', 'HTTPS://***@Host/m'],
    ['https://host/m?X-Amz-Signature=abc', 'https://host/m?***'],
    ['abfss://c@acct.dfs.core.windows.net/m?sig=x', 'abfss://c@acct.dfs.core.windows.net/m?***'],
    ['abfss://c:secret@acct.dfs.core.windows.net/m', 'abfss://***@acct.dfs.core.windows.net/m'],
    ['hf://owner/model:rev', 'hf://owner/model:rev'],
    ['/mnt/pvc/model', '/mnt/pvc/model'],
    ['user:pass@host', '***@host'],
    ['https:/user:pass@host/m', '***'],
    ['https://u:p@/ss@host/m', 'https://***'],
    ['https://u:p@host/m?sig=a@b', 'https://***@host/m?***'],
    ['model', 'model'],
    ['', ''],
    ['s3://b/a\nb\u202e', 's3://b/a\\u{a}b\\u{202e}'],
  ])('%j is shown as %s', (uri, shown) => {
    expect(redactUri(uri)).toBe(shown);
  });

  it('has no secret wherever it stood, however broken the rest is, and nothing breaks the reader', () => {
    const junk = fc.oneof(fc.constantFrom(...naughtyStrings()), fc.string());
    const scheme = fc.constantFrom('https://', 'http://', 's3://', 'abfss://', 'foo://', 'HTTP://');
    fc.assert(
      fc.property(scheme, junk, junk, (start, front, back) => {
        const { length } = redactUri(front + back);
        expect(length).toBeLessThan(2_000);
        expect(redactUri(`${start}u:S3CR3T@${back}`)).not.toContain('S3CR3T');
        expect(redactUri(`${start}u:x${front.replaceAll('@', '')}S3CR3T@host/m`)).not.toContain('S3CR3T');
        expect(redactUri(`${start}host/${front}?a=S3CR3T${back}`)).not.toContain('S3CR3T');
      }),
      { seed, numRuns: 500 },
    );
  });
});

describe('the URI of a marker', () => {
  it.each([
    ['s3://bucket/a?b#c', 's3://bucket/a?b#c'],
    ['gs://bucket/a\n', 'gs://bucket/a'],
    ['file:///a?b', 'file:///a?b'],
    ['hf://o/m:r/p', 'hf://o/m:r/p'],
    ['/mnt/pvc/a', '/mnt/pvc/a'],
    [`${blob}?sv=1&sig=secret`, blob],
    ['abfss://c@acct.dfs.core.windows.net/m?sv=1&sig=x', 'abfss://c@acct.dfs.core.windows.net/m'],
    ['https://user:pass@host/m#f', 'https://host/m'],
    ['https://host/m?X-Amz-Date=1&X-Amz-Signature=a&X-Amz-Credential=k', 'https://host/m'],
    ['https://host/m?Expires=1&Signature=a&Key-Pair-Id=b', 'https://host/m'],
    ['https://user:pass', 'https://***'],
  ])('%s is %s', (uri, spec) => {
    expect(specUri(uri)).toBe(spec);
  });

  it('tells what an http URI asks for apart, and does not show it', () => {
    const [one, two] = [specUri('https://host/m?token=S3CR3T'), specUri('https://host/m?token=OTHER')];
    expect(one).toMatch(/^https:\/\/host\/m\?sha256=[0-9a-f]{32}$/);
    expect(one).not.toBe(two);
    expect(specUri('https://host/m?id=3&X-Amz-Date=1')).toBe(specUri('https://host/m?X-Amz-Date=2&id=3'));
  });
});
