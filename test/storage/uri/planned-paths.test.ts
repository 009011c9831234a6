import { expect, it } from 'vitest';
import { PlannedPaths } from '../../../src/storage/uri/planned-paths.ts';

it.each([
  [['a', 'b', 'A', 'a-b', 'a.b'], 5],
  [['a/b/c', 'a/b/d', 'a/c', 'a-b/c', 'ab'], 5],
  [['a/b', 'b/a', 'b/b/a'], 3],
])('%j stand beside each other', (paths, count) => {
  const planned = new PlannedPaths();
  for (const path of paths) planned.add(path);
  expect(planned.count).toBe(count);
});

it.each([
  [['a'], 'a'],
  [['a/b'], 'a'],
  [['a'], 'a/b'],
  [['a'], 'a/b/c/d'],
  [['a/b/c/d'], 'a/b'],
  [['a/x', 'a/b/x', 'a/b/c'], 'a/b/c/d'],
])('where %j are, %s cannot be', (paths, path) => {
  const planned = new PlannedPaths();
  for (const earlier of paths) planned.add(earlier);
  expect(() => planned.add(path)).toThrow(expect.objectContaining({ code: 'UNSAFE_PATH' }));
});

it('knows the folders above its files', () => {
  const planned = new PlannedPaths();
  planned.add('a/b/c');
  expect(['a', 'a/b', 'a/b/c', '', 'b'].map((path) => planned.isFolder(path))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
