// Is any name accepted that would write outside the folder, onto another file, or onto what is ours?
import { join, normalize, resolve, sep } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutriggerError } from '../../../src/errors.ts';
import { safePath } from '../../../src/storage/uri/safe-path.ts';
import { naughtyStrings } from '../../support/naughty-strings.ts';
import { seed } from '../../support/seed.ts';

const marker = `SUCCESS.${'0123456789abcdef'.repeat(4)}`;
const controls = [...Array(32).keys(), 0x7f, 0x80, 0x85, 0x9b, 0x9f].map((code) => `a${String.fromCharCode(code)}b`);

/** `folder` so many times, and a file in it. */
function below(folder: string, depth: number): string {
  return `${`${folder}/`.repeat(depth)}x`;
}

const hostile = [
  ...['', '.', '..', './', '../', '/', '//', './.', '../..', './..'],
  ...[
    '../x',
    'a/../x',
    'a/..',
    'a/../../b',
    '../../../../etc/passwd',
    'a/b/../../../x',
    '..//x',
    'a//../x',
    '../.ssh/authorized_keys',
  ],
  ...['/x', '/etc/passwd', '//x', '///x', '/..', '/../x', '//server/share', '/proc/self/fd/1'],
  ...['a/', 'a//b', 'a//', 'a///b', 'a/b//', 'a//b/c'],
  ...['./x', 'a/./b', 'a/.', 'a/./../b', './../x'],
  ...['..\\x', 'a\\..\\..\\x', '\\x', '\\\\server\\share', 'C:\\x', 'a\\b', '..\\/x', 'a/..\\b', '\\'],
  ...['\0', '../x\0.bin', 'x\0/../y', 'x\r\ny', 'x\u001b[2Jy'],
  ...controls,
  ...['\ud800', 'a\udc00b', 'a/\ud83d', '\udc00\ud800'],
  ...['x'.repeat(256), `a/${'x'.repeat(256)}/b`, 'é'.repeat(128), '😀'.repeat(64), 'x'.repeat(1_000_000)],
  ...[below('x'.repeat(200), 20), below('é'.repeat(100), 20), below('a', 1_950)],
  ...[below('a', 128)],
  ...['.outrigger', '.outrigger/x', '.outrigger/journal', '.Outrigger', '.OUTRIGGER/x'],
  ...[marker, `${marker}/x`, marker.toUpperCase(), `SUCCESS.${'f'.repeat(64)}`],
];

const harmless = [
  ...[
    'x',
    'model.bin',
    'a/b/c.json',
    '1/model.onnx',
    '-rf',
    '~',
    '~/x',
    '$HOME',
    '%2e%2e',
    'a%2fb',
    '...',
    '..x',
    'x..',
    '. .',
    '.. ',
  ],
  ...[
    ' ',
    ' a ',
    'a b',
    '.git/config',
    '.hidden',
    'con',
    'nul.txt',
    'a:b',
    'C:',
    'file:',
    '*',
    '?',
    '"',
    "'",
    '`x`',
    '<x>',
    '|',
    ';',
  ],
  ...['é', '模型/权重.bin', '😀', '\u202efdp', '\ufeffx', '\u2028', '．．', '․․', 'A', 'a\u0301', '\u00e1'],
  ...['x'.repeat(255), 'é'.repeat(127), below('x'.repeat(250), 15), below('a', 127)],
  ...['SUCCESS', 'SUCCESS.txt', `SUCCESS.${'f'.repeat(63)}`, `SUCCESS.${'f'.repeat(65)}`, `SUCCESS.${'g'.repeat(64)}`],
  ...[`a/${marker}`, 'a/.outrigger', '.outrigger2', '__proto__', 'constructor', 'toString'],
];

describe('of hostile names', () => {
  it('there are at least eighty, each another', () => {
    expect(new Set(hostile).size).toBe(hostile.length);
    expect(hostile.length).toBeGreaterThanOrEqual(80);
  });

  it.each(hostile.map((key) => [shortened(key), key]))('%s is refused', (_, key) => {
    expect(refusalOf(key)).toMatchObject({ code: 'UNSAFE_PATH' });
  });

  it.each(hostile.map((key) => [shortened(key), key]))('%s is named on one line, as it is', (_, key) => {
    const { message } = refusalOf(key);
    expect(message).toMatch(/^"[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*" cannot be the path of a file: /u);
    expect(message.length).toBeLessThan(500);
  });
});

it.each(harmless.map((key) => [shortened(key), key]))('%s is a name like any other', (_, key) => {
  expect(safePath(key)).toBe(key);
});

it('what is accepted stands below the folder, under one spelling only', () => {
  const segment = fc.oneof(
    fc.constantFrom('..', '.', '', '...', 'a', '.outrigger', marker, '\\', '\0', '..\\..', '%2e%2e', '~'),
    fc.constantFrom(...naughtyStrings()),
    fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }),
  );
  const keys = fc.array(segment, { maxLength: 6 }).map((segments) => segments.join('/'));
  const accepted = { count: 0 };
  fc.assert(
    fc.property(keys, fc.constantFrom('/mnt/models', '/', '/a b'), (key, root) => {
      const path = accept(key);
      if (path === null) return;
      accepted.count++;
      const top = root === '/' ? root : root + sep;
      expect(resolve(root, path)).toBe(top + path);
      expect(join(root, path).startsWith(top)).toBe(true);
      expect(normalize(path)).toBe(path);
      expect(resolve(root, path).split(sep)).not.toContain('..');
    }),
    { seed, numRuns: 3_000 },
  );
  expect(accepted.count).toBeGreaterThan(100);
});

function accept(key: string): string | null {
  try {
    return safePath(key);
  } catch (error) {
    expect(error).toMatchObject({ code: 'UNSAFE_PATH' });
    return null;
  }
}

function refusalOf(key: string): OutriggerError {
  try {
    safePath(key);
  } catch (error) {
    if (error instanceof OutriggerError) return error;
  }
  throw new Error('it was accepted');
}

function shortened(key: string): string {
  return JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}… (${key.length})` : key);
}
