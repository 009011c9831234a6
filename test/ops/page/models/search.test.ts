import { expect, it } from 'vitest';
import type { ModelReport } from '../../../../src/model-report.ts';
import { searchModels } from '../../../../src/ops/page/models/search.js';

function model(name: string, state: ModelReport['state'], differences: Partial<ModelReport> = {}): ModelReport {
  const rest = { serving: true, version: null, download: null, memoryBytes: null, diskBytes: 0, failure: null };
  return { name, state, uri: `s3://bucket/${name}`, ...rest, ...differences };
}

const failure = { code: 'STORE_DENIED', reason: '403', attempts: 1, nextTryAt: null };
const models = [model('b', 'ready'), model('c', 'downloading'), model('a', 'ready'), model('d', 'failed', { failure })];
const namesOf = (text: string, state = '') => searchModels(models, { text, state }).map(({ name }) => name);

it('models that need an eye come first, then by name', () => {
  expect(namesOf('')).toEqual(['d', 'c', 'a', 'b']);
});

it('models are found by name, address and failure, and by state', () => {
  expect(namesOf('denied')).toEqual(['d']);
  expect(namesOf('S3://bucket /a')).toEqual(['a']);
  expect(namesOf('', 'ready')).toEqual(['a', 'b']);
  expect(namesOf('/c', 'ready')).toEqual([]);
});
