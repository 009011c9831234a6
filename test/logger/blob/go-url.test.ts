import { describe, expect, it } from 'vitest';
import { type GoUrl, readGoUrl } from '../../../src/logger/blob/go-url.ts';

const empty: GoUrl = {
  Scheme: '',
  Opaque: '',
  User: null,
  Host: '',
  Path: '',
  Fragment: '',
  RawQuery: '',
  RawPath: '',
  RawFragment: '',
  ForceQuery: false,
  OmitHost: false,
};

/** Printed by json.Marshal of Go 1.26. */
const golden: Readonly<Record<string, Partial<GoUrl>>> = {
  's3://logs/p': { Scheme: 's3', Host: 'logs', Path: '/p' },
  's3://logs': { Scheme: 's3', Host: 'logs' },
  's3://logs/p%20q/a%2Fb': { Scheme: 's3', Host: 'logs', Path: '/p q/a/b', RawPath: '/p%20q/a%2Fb' },
  's3://logs/a b': { Scheme: 's3', Host: 'logs', Path: '/a b', RawPath: '/a b' },
  'abfss://cont@acc.dfs.core.windows.net/x': {
    Scheme: 'abfss',
    User: {},
    Host: 'acc.dfs.core.windows.net',
    Path: '/x',
  },
  'https://acc.blob.core.windows.net/c/p?sv=1&sig=x#f': {
    ...{ Scheme: 'https', Host: 'acc.blob.core.windows.net', Path: '/c/p', RawQuery: 'sv=1&sig=x', Fragment: 'f' },
  },
  'http://localhost:9081/': { Scheme: 'http', Host: 'localhost:9081', Path: '/' },
  'http://[::1]:80/a': { Scheme: 'http', Host: '[::1]:80', Path: '/a' },
  'https://x/?': { Scheme: 'https', Host: 'x', Path: '/', ForceQuery: true },
  'pod-name-xyz': { Path: 'pod-name-xyz' },
  ' a b': { Path: ' a b', RawPath: ' a b' },
  '1pod': { Path: '1pod' },
  '/p/q': { Path: '/p/q' },
  '//h/p': { Host: 'h', Path: '/p' },
  'a/b:c': { Path: 'a/b:c' },
  'a:b/c': { Scheme: 'a', Opaque: 'b/c' },
  'mailto:a@b': { Scheme: 'mailto', Opaque: 'a@b' },
  'http://h/é?ü#ö': {
    Scheme: 'http',
    Host: 'h',
    Path: '/é',
    RawPath: '/é',
    RawQuery: 'ü',
    Fragment: 'ö',
    RawFragment: 'ö',
  },
};

describe('a URL as Go writes it', () => {
  it.each(Object.entries(golden))('%s', (text, fields) => {
    expect(readGoUrl(text)).toEqual({ ...empty, ...fields });
    expect(Object.keys(readGoUrl(text))).toEqual(Object.keys(empty));
  });

  it('is a path where Go would not read it', () => {
    expect(readGoUrl('http://h/%zz')).toEqual({ ...empty, Path: 'http://h/%zz' });
  });
});
