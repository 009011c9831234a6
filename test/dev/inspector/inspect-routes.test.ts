import { expect, it } from 'vitest';
import { readQuestion } from '../../../src/dev/inspector/inspect-routes.ts';

it.each([
  ['GET', 'exchanges', { kind: 'exchanges', after: 0 }],
  ['HEAD', 'exchanges?after=17', { kind: 'exchanges', after: 17 }],
  ['GET', 'batches?x=1&after=3', { kind: 'batches', after: 3 }],
  ['GET', 'exchanges/12', { kind: 'exchange', id: 12 }],
  ['POST', 'exchanges/12/replay', { kind: 'replay', id: 12 }],
])('%s %s', (method, path, question) => {
  expect(readQuestion(method, `/inspect/${path}`)).toEqual(question);
});

it.each([
  ['GET', 'exchanges?after=-1', 400],
  ['GET', 'exchanges?after=', 400],
  ['GET', 'batches?after=1e3', 400],
  ['POST', 'exchanges', 405],
  ['GET', 'exchanges/1/replay', 405],
  ['DELETE', 'exchanges/1', 405],
  ['GET', '', 404],
  ['GET', 'exchanges/', 404],
  ['GET', 'exchanges/x', 404],
  ['GET', 'exchanges/1/more', 404],
  ['GET', 'exchanges/1/replay/2', 404],
  ['GET', 'batches/1', 404],
])('%s %s is refused with %i', (method, path, status) => {
  expect(readQuestion(method, `/inspect/${path}`)).toMatchObject({ kind: 'refused', status });
});
