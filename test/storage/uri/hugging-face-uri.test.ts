import { expect, it } from 'vitest';
import { readModelUri } from '../../../src/storage/uri/read-model-uri.ts';

it.each([
  ['hf://owner/model', 'owner/model', 'main', ''],
  ['hf://owner/model:', 'owner/model', 'main', ''],
  ['hf://owner/model:v1.0', 'owner/model', 'v1.0', ''],
  ['HF://meta-llama/Llama-3.1_8B:0123abcd', 'meta-llama/Llama-3.1_8B', '0123abcd', ''],
  ['hf://owner/model/', 'owner/model', 'main', ''],
  ['hf://owner/model/onnx/model.onnx', 'owner/model', 'main', 'onnx/model.onnx'],
  ['hf://owner/model:dev/onnx/', 'owner/model', 'dev', 'onnx'],
  ['hf://owner/model:refs/pr/7', 'owner/model', 'refs/pr/7', ''],
  ['hf://owner/model:refs/convert/parquet/a', 'owner/model', 'refs/convert/parquet', 'a'],
  ['hf://owner/model:feature%2Fx/a', 'owner/model', 'feature/x', 'a'],
  ['hf://owner/model/a%20b?c#d', 'owner/model', 'main', 'a%20b?c#d'],
  ['hf://owner/model/a:b', 'owner/model', 'main', 'a:b'],
  ['hf://example.com/model', 'example.com/model', 'main', ''],
])('%s is %s at %s, path %j', (text, model, revision, path) => {
  expect(readModelUri(text)).toEqual({ scheme: 'hf', model, revision, path });
});

it.each([
  ...[
    'hf://',
    'hf:///',
    'hf://owner',
    'hf://owner/',
    'hf:///model',
    'hf://owner/:rev',
    'hf://owner:rev/model',
    'hf://owner/model@rev',
  ],
  ...[
    'hf://datasets/owner/name',
    'hf://spaces/owner/name',
    'hf://-owner/model',
    'hf://owner/mo--del',
    'hf://owner/mo..del',
  ],
  ...[
    'hf://owner/..',
    'hf://../model',
    'hf://owner/model.',
    'hf://owner/mo del',
    'hf://owner/model?x',
    `hf://owner/${'m'.repeat(97)}`,
  ],
  ...[
    'hf://owner/model:..',
    'hf://owner/model:a..b',
    'hf://owner/model:a b',
    'hf://owner/model:-x',
    'hf://owner/model:a%2F..%2Fb',
  ],
  ...[
    'hf://owner/model:a:b',
    'hf://owner/model:rev?x',
    'hf://owner/model:refs/pr/',
    'hf://owner/model:a%2f',
    'hf://user:token@owner/model',
  ],
  ...['hf://owner/model/../x', 'hf://owner/model/a/..', 'hf://owner/model:main/./x'],
])('%s is refused', (text) => {
  expect(() => readModelUri(text)).toThrow(expect.objectContaining({ code: 'MODEL_URI_INVALID' }));
});
