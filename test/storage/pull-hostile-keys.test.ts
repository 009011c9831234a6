// Keys are names that somebody else chose: whatever they are, nothing is written outside the folder, and the error names the key.
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OutriggerError } from '../../src/errors.ts';
import { shownText } from '../../src/storage/uri/shown-text.ts';
import { PullFolder, pullFrom } from '../support/stores/pulls.ts';
import { S3Server } from '../support/stores/s3-server.ts';

const controls = ['\0', '\x01', '\t', '\n', '\r', '\x1b[2J', '\x7f', '\u0085', '\u009b'];
const segments = ['..', '.', ''];

/** Below `m/`. */
const hostile: readonly string[] = [
  ...segments.flatMap((name) => [`${name}/x`, `a/${name}/x`, `a/b/${name}/${name}/x`]),
  'a/..',
  'a/.',
  '..',
  '.',
  '../../../../../../etc/passwd',
  '../m2/x',
  'a/../../../x',
  '/etc/passwd',
  '//etc/passwd',
  'a//b',
  '\\x',
  'a\\b',
  '..\\..\\x',
  'a\\..\\b',
  'C:\\x',
  '\\\\host\\share',
  '.outrigger/x',
  '.outrigger/journal',
  '.OUTRIGGER/x',
  `SUCCESS.${'0'.repeat(64)}`,
  `SUCCESS.${'a'.repeat(64)}/x`,
  `success.${'f'.repeat(64)}`,
  ...controls.flatMap((control) => [`a${control}b`, `${control}/x`, `x/${control}`]),
  `${'n'.repeat(256)}/x`,
  'n'.repeat(256),
  'é'.repeat(128),
  `${'d/'.repeat(200)}x`,
];

/** Odd, and no harm: they come as they are. */
const harmless: readonly string[] = [
  '...',
  '..a',
  'a..',
  '%2e%2e/x',
  '%2e%2e%2fx',
  '~/x',
  '$HOME/x',
  '-rf',
  ' leading',
  'trailing ',
  'a b+c&d=e?f#g',
  "'quoted'",
  '"double"',
  '<xml>&amp;',
  'ｆｕｌｌ',
  'e\u0301',
  '\u{1f600}',
  'C:',
  'con',
  '*',
  'outrigger',
  'SUCCESS.md',
  'n'.repeat(255),
];

let server: S3Server;
beforeAll(async () => {
  server = await S3Server.start();
});
afterAll(() => server[Symbol.asyncDispose]());

/** All that is there, from the folder above the model's on. */
function everything(folder: PullFolder): string[] {
  return readdirSync(join(folder.path, '..'), { recursive: true }).map(String);
}

/** A bucket has no two spellings of one name: each key has its own. */
function bucketWith(nth: number, keys: readonly string[]): string {
  const bucket = `models-${nth}`;
  for (const key of keys) server.put(bucket, `m/${key}`, key);
  return `s3://${bucket}/m`;
}

describe('a key', () => {
  it(`is refused by name, and nothing is kept or written elsewhere, in ${hostile.length} spellings`, async () => {
    expect(new Set(hostile).size).toBeGreaterThanOrEqual(60);
    const wrong: string[] = [];
    for (const [nth, key] of hostile.entries()) {
      using folder = new PullFolder();
      writeFileSync(join(folder.path, '..', 'x'), 'of somebody else');
      const uri = bucketWith(nth, ['config.json', key]);
      const outcome = await pullFrom({ server, folder, uri }).catch((error: unknown) => error);
      const refused = outcome instanceof OutriggerError && outcome.code === 'UNSAFE_PATH';
      const named = refused && outcome.message.includes(shownText(key));
      const left = everything(folder).filter((path) => path !== 'x' && path !== 'model');
      if (!named || left.length > 0) wrong.push(`${JSON.stringify(key)}: ${outcome}, left ${left}`);
    }
    expect(wrong).toEqual([]);
  });

  it('that is only odd becomes a file of that name', async () => {
    using folder = new PullFolder();
    await pullFrom({ server, folder, uri: bucketWith(1000, harmless) });
    expect(Object.keys(folder.files()).toSorted()).toEqual([...harmless].sort());
    expect(Object.entries(folder.files()).every(([name, content]) => content.toString() === name)).toBe(true);
  });

  it.each([[['a', 'a/b']], [['a/b', 'a/b/c', 'z']]])(
    'of which one would be a folder and a file (%o) is refused',
    async (keys) => {
      using folder = new PullFolder();
      const uri = bucketWith(2000 + keys.length, keys);
      await expect(pullFrom({ server, folder, uri })).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
      expect(folder.filesIfAny()).toEqual([]);
    },
  );

  it('leads through no link that stands in the folder', async () => {
    using folder = new PullFolder();
    mkdirSync(join(folder.path, '../outside'), { recursive: true });
    mkdirSync(folder.path, { recursive: true });
    symlinkSync('../outside', join(folder.path, 'a'));
    const pulled = await pullFrom({ server, folder, uri: bucketWith(3000, ['a/b']) }).catch((error: Error) => error);
    expect(readdirSync(join(folder.path, '../outside'))).toEqual([]);
    expect(pulled).toBeInstanceOf(OutriggerError);
  });
});
