// One entry for each version in the index, and one answer for each model.
import { expect, it } from 'vitest';
import { readIndex } from '../../../src/puller/runtime/v2-index.ts';

it('a model serves when one of its versions does, and holds its files while one of them still finishes', () => {
  const index = readIndex(
    JSON.stringify([
      { name: '.outrigger' }, // any folder, to Triton
      { name: 'two', version: '1', state: 'UNAVAILABLE', reason: 'unloaded' },
      { name: 'two', version: '2', state: 'READY' },
      { name: 'old', version: '1', state: 'UNLOADING' },
      { name: 'gone', version: '1', state: 'UNAVAILABLE', reason: 'unloaded' },
      { name: 'coming', version: '1', state: 'LOADING' },
      { name: 'mlserver', state: 'UNKNOWN', reason: '' },
    ]),
  );
  expect(index?.serving).toEqual(new Set(['two', 'coming', 'mlserver']));
  expect(index?.busy).toEqual(new Set(['two', 'coming', 'mlserver', 'old']));
});

it.each(['', '{}', '[1]', '[{"state":"READY"}]', '[{"name":1}]', 'nonsense'])('%o is no index', (text) => {
  expect(readIndex(text)).toBeNull();
});
