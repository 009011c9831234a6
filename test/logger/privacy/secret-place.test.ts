// Are the paths of all rules followed together, in no more memory than the rules need?
import { expect, it } from 'vitest';
import { placeOf } from '../../../src/logger/privacy/secret-place.ts';

it('without paths there is no place', () => {
  expect(placeOf([])).toBeNull();
});

it('the path of no steps leads to the document', () => {
  expect(placeOf([[]])).toMatchObject({ isSecret: true, looksIntoObjects: false, looksIntoArrays: false });
});

it.each([
  [[['a']], true, false],
  [[[0]], false, true],
  [[['*']], true, true],
  [[['a'], [0, 'b']], true, true],
  [[['a', 0]], true, false],
] as const)('%j looks only into what its steps can enter', (paths, looksIntoObjects, looksIntoArrays) => {
  expect(placeOf(paths)).toMatchObject({ isSecret: false, looksIntoObjects, looksIntoArrays });
});

it('a document makes no places of its own: what no rule spells out shares one', () => {
  const root = placeOf([['*', 'a'], [0, 'b'], ['x']]);
  expect(root?.element(5)).toBe(root?.element(6));
  expect(root?.element(5)).toBe(root?.at('y'));
  expect(root?.element(0)).not.toBe(root?.element(5));
  expect(root?.element(0)).toBe(root?.element(0));
  expect(root?.element(0)?.at('a')?.isSecret).toBe(true);
  expect(root?.element(0)?.at('b')?.isSecret).toBe(true);
  expect(root?.element(5)?.at('b')).toBeNull();
});
