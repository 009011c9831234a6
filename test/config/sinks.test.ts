import { describe, expect, it } from 'vitest';
import { readSinks } from '../../src/config/sinks.ts';

describe('the sinks of a list of URLs', () => {
  it('are those that take CloudEvents, in their order', () => {
    const urls = ['https://b/x?y=z', 's3://logs/prefix', 'http://a', 'abfss://c@account/', 'gs://logs'];
    expect(readSinks(urls)).toEqual([
      { url: 'https://b/x?y=z', label: 'https://b/x' },
      { url: 'http://a/', label: 'http://a/' },
    ]);
  });

  it('are one where the URLs are, however they are spelled', () => {
    const urls = ['http://a', 'http://a/', 'HTTP://A:80/', 'http://a/#part', 'http://a:81/'];
    expect(readSinks(urls).map(({ url }) => url)).toEqual(['http://a/', 'http://a:81/']);
  });

  it('keep user part and query, which their labels do not have', () => {
    expect(readSinks(['https://user:secret@a:8443/p/?token=secret#x'])).toEqual([
      { url: 'https://user:secret@a:8443/p/?token=secret', label: 'https://a:8443/p/' },
    ]);
  });

  it('never have the same label', () => {
    const urls = ['http://a/?x=1', 'http://u@a/', 'http://b/', 'http://a/?x=2', 'http://a/?x=1'];
    expect(readSinks(urls).map(({ label }) => label)).toEqual(['http://a/', 'http://a/#2', 'http://b/', 'http://a/#3']);
  });
});
