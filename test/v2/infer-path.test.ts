// Paths that ask for an inference, and the many that look like it.
import { describe, expect, it } from 'vitest';
import { readInferencePath, readModelChange } from '../../src/v2/infer-path.ts';

describe('an inference path', () => {
  const v2 = { protocol: 'v2', model: 'm', version: null, label: null, modelPath: '/v2/models/m', query: '' };
  const v1 = { ...v2, protocol: 'v1', modelPath: '/v1/models/m' };
  it.each([
    ['/v2/models/m/infer', v2],
    ['/v2/models/m/versions/1/infer', { ...v2, version: '1', modelPath: '/v2/models/m/versions/1' }],
    ['/v2/models/m/infer?a=/generate', { ...v2, query: '?a=/generate' }],
    ['/v2/models/m/infer?', { ...v2, query: '?' }],
    ['/v2/models/a%20b/infer', { ...v2, model: 'a b', modelPath: '/v2/models/a%20b' }],
    ['/v2/models/a%2Fb/infer', { ...v2, model: 'a/b', modelPath: '/v2/models/a%2Fb' }],
    ['/v2/models/infer/infer', { ...v2, model: 'infer', modelPath: '/v2/models/infer' }],
    ['/v2/models/__proto__/infer', { ...v2, model: '__proto__', modelPath: '/v2/models/__proto__' }],
    ['/v1/models/m:predict', v1],
    ['/v1/models/a:b:predict', { ...v1, model: 'a:b', modelPath: '/v1/models/a:b' }],
    ['/v1/models/m/versions/3:predict?x', { ...v1, version: '3', modelPath: '/v1/models/m/versions/3', query: '?x' }],
    ['/v1/models/m/labels/a%41:predict', { ...v1, label: 'aA', modelPath: '/v1/models/m/labels/a%41' }],
  ])('%s names its model', (path, expected) => {
    expect(readInferencePath(path)).toEqual(expected);
  });

  it.each([
    ...[
      '/',
      '/v2',
      '/v2/models/m',
      '/v2/models/infer',
      '/v2/models//infer',
      '/v2/models/m/infer/',
      '/v3/models/m/infer',
    ],
    ...['/v2/models/m/generate', '/v2/models/m/generate_stream', '/v2/models/m/infer_stream', '/v2/models/m/xinfer'],
    ...['/v2/models/m/versions/infer', '/v2/models/m/versions//infer', '/v2/models/m/versions/1/2/infer'],
    ...['/v2/models/m/labels/l/infer', '/v2/models/m/other/1/infer', '/v2/models/%zz/infer', '/v2/models/%ff/infer'],
    ...['/v2/models/m/versions/%e0/infer', '/V2/models/m/infer', 'v2/models/m/infer', '/v2/models/m:predict'],
    ...['/v1/models/m:explain', '/v1/models/m:classify', '/v1/models/m:regress', '/v1/models/m', '/v1/models/:predict'],
    ...['/v1/models/m/infer', '/v1/models/m/versions:predict', '/v1/models/m/metadata:predict', '/?/v2/models/m/infer'],
    '/openai/v1/chat/completions',
  ])('%s is none', (path) => {
    expect(readInferencePath(path)).toBeNull();
  });

  it('is told from a hostile one without trying twice', () => {
    expect(readInferencePath(`/v2/models/${'/versions/'.repeat(100_000)}/infer`)).toBeNull();
    expect(readInferencePath(`/v2/models/${'m'.repeat(100_000)}/versions/1/infer`)?.version).toBe('1');
  });
});

describe('a change of a model', () => {
  it.each([
    ['/v2/repository/models/m/load', 'm'],
    ['/v2/repository/models/a%20b/unload?x=1', 'a b'],
    ['/v2/repository/r/models/m/load', 'm'],
    ['/v2/repository/models/m/reload', null],
    ['/v2/repository/models/m/ready', null],
    ['/v2/repository/models//load', null],
    ['/v2/repository/models/%zz/load', null],
    ['/v2/repository/index', null],
    ['/v2/models/m/load', null],
    ['/v2/repository/r/s/models/m/load', null],
  ])('by POST %s is about %s', (path, model) => {
    expect(readModelChange(path, 'POST')).toBe(model);
    expect(readModelChange(path, 'GET')).toBeNull();
  });
});
