import { describe, expect, it } from 'vitest';
import { readSinks } from '../../src/config/sinks.ts';

describe('the sinks of a list of URLs', () => {
  it('take CloudEvents or objects, in their order', () => {
    const urls = [
      'https://b/x?y=z',
      's3://logs/prefix',
      'http://a',
      'abfss://c@acc.dfs.core.windows.net/',
      'gs://logs',
    ];
    expect(readSinks(urls)).toEqual([
      { kind: 'http', url: 'https://b/x?y=z', label: 'https://b/x' },
      { kind: 'store', url: 's3://logs/prefix', label: 's3://logs/prefix' },
      { kind: 'http', url: 'http://a/', label: 'http://a/' },
      { kind: 'store', url: 'abfss://c@acc.dfs.core.windows.net', label: 'abfss://c@acc.dfs.core.windows.net' },
      { kind: 'store', url: 'gs://logs', label: 'gs://logs' },
    ]);
  });

  it('are stores by a host of Azure Blob Storage, whose signature no label shows', () => {
    const blob = 'https://acc.blob.core.windows.net/logs/p';
    expect(readSinks([`${blob}?sv=1&sig=secret`, 'https://acc.blob.core.windows.net.evil.org/'])).toEqual([
      { kind: 'store', url: `${blob}?sv=1&sig=secret`, label: blob },
      { kind: 'http', url: 'https://acc.blob.core.windows.net.evil.org/', label: expect.any(String) },
    ]);
  });

  it('are one store where only the scheme or the last slash is spelled otherwise; keys are as written', () => {
    const urls = ['s3://Logs/a', 'S3://Logs/a/', 's3://Logs/A', 'gs://logs/a?b#c'];
    expect(readSinks(urls).map(({ url }) => url)).toEqual(['s3://Logs/a', 's3://Logs/A', 'gs://logs/a?b#c']);
  });

  it('are one where the URLs are, however they are spelled', () => {
    const urls = ['http://a', 'http://a/', 'HTTP://A:80/', 'http://a/#part', 'http://a:81/'];
    expect(readSinks(urls).map(({ url }) => url)).toEqual(['http://a/', 'http://a:81/']);
  });

  it('keep user part and query, which their labels do not have', () => {
    expect(readSinks(['https://user:secret@a:8443/p/?token=secret#x'])).toEqual([
      { kind: 'http', url: 'https://user:secret@a:8443/p/?token=secret', label: 'https://a:8443/p/' },
    ]);
  });

  it('never have the same label', () => {
    const urls = ['http://a/?x=1', 'http://u@a/', 'http://b/', 'http://a/?x=2', 'http://a/?x=1'];
    expect(readSinks(urls).map(({ label }) => label)).toEqual(['http://a/', 'http://a/#2', 'http://b/', 'http://a/#3']);
  });
});
