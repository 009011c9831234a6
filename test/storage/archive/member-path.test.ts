import { describe, expect, it } from 'vitest';
import { memberPath } from '../../../src/storage/archive/member-path.ts';

function pathOf(member: string): string | null {
  return memberPath({ archive: 'a.tar', member });
}

describe('the name of a member', () => {
  it.each([
    ['weights', 'weights'],
    ['./weights', 'weights'],
    ['././a/weights', 'a/weights'],
    ['a/b/', 'a/b'],
    ['./a//', 'a'],
    ['.hidden/x', '.hidden/x'],
    ['...', '...'],
    ['SUCCESS.txt', 'SUCCESS.txt'],
    [`sub/SUCCESS.${'a'.repeat(64)}`, `sub/SUCCESS.${'a'.repeat(64)}`],
    ['c:x', 'c:x'],
    ['gr\u00fc\u00df', 'gr\u00fc\u00df'],
    ['gru\u0308\u00df', 'gru\u0308\u00df'],
  ])('%s becomes %s', (member, path) => {
    expect(pathOf(member)).toBe(path);
  });

  it.each(['./', '.', '././', './.'])('%s is the folder itself', (member) => {
    expect(pathOf(member)).toBeNull();
  });

  it.each([
    '',
    '/',
    '//',
    '/a',
    './/a',
    '..',
    '../a',
    'a/../b',
    'a/./b',
    'a/..',
    'C:/a',
    'C:',
    './c:/a',
    'a\\b',
    'a\0b',
    'a//b',
  ])('%j leads nowhere', (member) => {
    expect(() => pathOf(member)).toThrow(expect.objectContaining({ code: 'UNSAFE_PATH' }));
  });

  it('that lost a letter when it was decoded is refused, not changed', () => {
    expect(() => pathOf('bl\uFFFD')).toThrow(expect.objectContaining({ code: 'ARCHIVE_INVALID' }));
  });

  it('is shown without what it would do to a terminal', () => {
    expect(() => pathOf('a\n\u001b[2J/../b')).toThrow(
      expect.not.objectContaining({ message: expect.stringMatching(/[\n\u001b]/) }),
    );
  });
});
