// Is every form of model URI read as KServe's storage initializer reads it, and every other one refused with its reason?
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readModelUri } from '../../../src/storage/uri/read-model-uri.ts';
import { seed } from '../../support/seed.ts';

describe('a bucket', () => {
  it.each([
    ['s3://bucket/path/model', { scheme: 's3', bucket: 'bucket', path: 'path/model' }],
    ['s3://bucket', { scheme: 's3', bucket: 'bucket', path: '' }],
    ['s3://bucket/', { scheme: 's3', bucket: 'bucket', path: '' }],
    ['s3://bucket//a/b//', { scheme: 's3', bucket: 'bucket', path: 'a/b' }],
    ['S3://Old_Bucket.1/x', { scheme: 's3', bucket: 'Old_Bucket.1', path: 'x' }],
    ['s3://b/a b/100%/c%20d', { scheme: 's3', bucket: 'b', path: 'a b/100%/c%20d' }],
    ['s3://b/what?x=1#frag', { scheme: 's3', bucket: 'b', path: 'what?x=1#frag' }],
    ['s3://b/é/模型', { scheme: 's3', bucket: 'b', path: 'é/模型' }],
    ['s3://b/a//b', { scheme: 's3', bucket: 'b', path: 'a//b' }],
    ['s3://b/..a/b..', { scheme: 's3', bucket: 'b', path: '..a/b..' }],
    ['s3://b/%2e%2e/x', { scheme: 's3', bucket: 'b', path: '%2e%2e/x' }],
    ['s3://b/user@x:y', { scheme: 's3', bucket: 'b', path: 'user@x:y' }],
    [
      'gs://kfserving-examples/models/sklearn/1.0',
      { scheme: 'gs', bucket: 'kfserving-examples', path: 'models/sklearn/1.0' },
    ],
    ['gs://b/m\r\n', { scheme: 'gs', bucket: 'b', path: 'm' }],
  ])('%j', (text, uri) => {
    expect(readModelUri(text)).toEqual(uri);
  });

  it('keeps a key as it is written', () => {
    const key = fc.string({ minLength: 1 }).filter((text) => !/\p{Cc}|^\/|\/$|(^|[/\\])\.\.?($|[/\\])/u.test(text));
    fc.assert(
      fc.property(key, (path) => {
        expect(readModelUri(`s3://b/${path}`)).toEqual({ scheme: 's3', bucket: 'b', path });
      }),
      { seed, numRuns: 500 },
    );
  });
});

describe('a file', () => {
  it.each([
    ['file:///mnt/models/m', '/mnt/models/m'],
    ['file://localhost/m', '/m'],
    ['FILE:///a//b/', '/a/b'],
    ['file:///a%20b?c#d', '/a%20b?c#d'],
    ['/mnt/pvc/model', '/mnt/pvc/model'],
    ['/mnt/pvc/', '/mnt/pvc'],
    ['//a', '/a'],
  ])('%s is %s', (text, path) => {
    expect(readModelUri(text)).toEqual({ scheme: 'file', path });
  });
});

it.each([
  ...[
    '',
    ' ',
    'model',
    './model',
    '../model',
    'model/path',
    'C:\\model',
    'bucket.s3.amazonaws.com/x',
    '://x',
    's3',
    's3:',
    's3:/b/x',
  ],
  ...[
    'git://github.com/a/b',
    'oci://reg/model',
    'ms://o/m',
    'hdfs://n/p',
    'webhdfs://n/p',
    'ftp://h/f',
    'gcs://b/x',
    'az://c/x',
  ],
  ...[
    'pvc://claim/path',
    'pvc://claim',
    'javascript:alert(1)',
    'data:text/plain,x',
    ' s3://b/x',
    '1s3://b/x',
    'wasbs://c@a/x',
  ],
  ...[
    's3://',
    's3:///x',
    's3://?x',
    's3://-b/x',
    's3://.b',
    's3://a..b/x',
    's3://b c/x',
    's3://u:p@b/x',
    's3://b:80/x',
    's3://b?x/y',
  ],
  ...[
    's3://b\\x/y',
    's3://é/x',
    's3://../x',
    's3://b/..',
    's3://b/../c',
    's3://b/a/./c',
    's3://b/a\\..\\c',
    'gs://',
    'gs:///x',
  ],
  ...['s3://b/a\0b', 's3://b/a\nb', 's3://b/a\tb', 's3://b/\u0085', 's3://b/\ud800', `s3://${'b'.repeat(256)}/x`],
  ...['arn:aws:s3:::b/x', 's3://arn:aws:s3:us-east-1:1:accesspoint/x/y'],
  ...[
    'file://',
    'file:///',
    'file://host/x',
    'file://x',
    'file:///a/../b',
    'file:///..',
    '/',
    '//',
    '/a/../b',
    '/..',
    'file:///a\0',
  ],
])('%j is refused', (text) => {
  expect(() => readModelUri(text)).toThrow(expect.objectContaining({ code: 'MODEL_URI_INVALID' }));
});

it.each([
  ['git://h/p', /git:\/\/ is not known.*s3:\/\//],
  ['pvc://claim/p', /\/mnt\/pvc\//],
  ['gcs://b/p', /gs:\/\//],
  ['model', /no scheme/],
  ['./model', /absolute paths, which a folder of this machine wants/],
  ['s3:/bucket/model', /two "\/" have to follow "s3:"/],
])('the refusal of %s says what to write', (text, remedy) => {
  expect(() => readModelUri(text)).toThrow(remedy);
});

it.each([
  's3://key:S3CR3T@bucket/x',
  'https://u:S3CR3T@acct.blob.core.windows.net/c/x',
  'https://acct.blob.core.windows.net/c/../x?sig=S3CR3T',
  'https://acct.blob.core.windows.net/C/x?sig=S3CR3T',
  'abfss://c:S3CR3T@acct.dfs.core.windows.net/x',
  'ftp://u:S3CR3T@host/x?token=S3CR3T',
  'https://u:S3CR3T@host/?token=S3CR3T',
  'https://u:S3CR3T@ho st/x',
  'u:S3CR3T@host/x',
])('the refusal of %s shows no secret', (text) => {
  expect(() => readModelUri(text)).toThrow(/^model URI (?!.*S3CR3T)/);
});
