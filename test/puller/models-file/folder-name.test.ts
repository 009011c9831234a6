import { describe, expect, it } from 'vitest';
import { foldedName, isFolderName } from '../../../src/puller/models-file/folder-name.ts';

describe('a name of a model', () => {
  it.each(['iris', 'Iris-2.1', 'a b', 'été', '模型', 'a'.repeat(255), 'v1..2', '-', '~', 'constructor'])(
    'may be %j',
    (name) => {
      expect(isFolderName(name)).toBe(true);
    },
  );

  it.each([
    '',
    '.',
    '..',
    '.hidden',
    '.outrigger',
    'a/b',
    '/a',
    'a/',
    '../a',
    'a\\b',
    'a\0',
    'a\nb',
    'a\u007f',
    'a\u0085b',
    '\ud800',
    'a'.repeat(256),
    'é'.repeat(128),
  ])('may not be %j', (name) => {
    expect(isFolderName(name)).toBe(false);
  });

  it('folds to one text where file systems take two for one', () => {
    expect(foldedName('Été')).toBe(foldedName('e\u0301te\u0301'));
    expect(foldedName('a')).not.toBe(foldedName('b'));
  });
});
