import { describe, expect, it } from 'vitest';
import { list, pairs, urls, words } from '../../src/config/lists.ts';

describe('a list', () => {
  it.each<[string, string[]]>([
    ['Foo,Fizz', ['Foo', 'Fizz']],
    [' Foo , Fizz ', ['Foo', 'Fizz']],
    [',a,,b,', ['a', 'b']],
    ['', []],
    ['"a,b",c', ['a,b', 'c']],
    ['"say ""hi""",c', ['say "hi"', 'c']],
    ['"open,c', ['"open', 'c']],
  ])('%s has these entries', (text, entries) => {
    expect(list.read(text)).toEqual(entries);
  });
});

describe('a list of known words', () => {
  const kind = words(['shm', 'trace']);

  it('has them in the order written; of other words, and of their parts, nothing is taken', () => {
    expect(kind.read(' trace ,shm')).toEqual(['trace', 'shm']);
    expect(kind.read('')).toEqual([]);
    for (const wrong of ['shm,health', 'SHM', 'sh', 'shm trace']) expect(kind.read(wrong), wrong).toBeUndefined();
  });
});

describe('key=value pairs', () => {
  it.each<[string, Record<string, string>]>([
    ['k=v,k2=v2', { k: 'v', k2: 'v2' }],
    ['team=a=b', { team: 'a=b' }],
    ['team=', { team: '' }],
    ['', {}],
    ['"k=a,b",c=d', { k: 'a,b', c: 'd' }],
    ['k=a,b,c=d', { k: 'a,b', c: 'd' }], // KServe joins annotations without quoting commas of their values
  ])('%s is understood', (text, entries) => {
    expect(pairs.read(text)).toEqual(entries);
  });

  it.each(['word', '=v', 'k=v,=x'])('%s lacks a key', (text) => {
    expect(pairs.read(text)).toBeUndefined();
  });

  it('a key that JavaScript has a meaning for is a key like any other', () => {
    expect(Object.entries(pairs.read('__proto__=x') ?? {})).toEqual([['__proto__', 'x']]);
  });

  it('are shown as they may be written', () => {
    expect(pairs.show({ k: 'v', team: 'a=b' })).toBe('k=v,team=a=b');
  });
});

describe('a list of URLs', () => {
  const kind = urls(['http', 's3']);

  it.each<[string, string[]]>([
    ['http://a', ['http://a']],
    ['http://a/?b=1,2 , s3://c/d', ['http://a/?b=1,2', 's3://c/d']],
    ['http://u:p,w@a/,http://a/,b', ['http://u:p,w@a/', 'http://a/,b']],
    [' ', []],
  ])('%s has these', (text, entries) => {
    expect(kind.read(text)).toEqual(entries);
  });

  it.each(['a', 'http://a,ftp://b', 'http://a,b', 'http://a,', ',http://a', 'http://'])('%s is none', (text) => {
    expect(kind.read(text)).toBeUndefined();
  });
});
