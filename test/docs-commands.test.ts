// Can every command that the pages show work? Each block says what it needs; lines of outrigger are read by outrigger itself.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDevConfig } from '../src/commands/dev-config.ts';
import { optionNames } from '../src/config/options.ts';
import { readPullConfig } from '../src/config/pull-config.ts';
import { pullOptions } from '../src/config/pull-options.ts';
import { readConfig } from '../src/config/read.ts';
import { readModelUri } from '../src/storage/uri/read-model-uri.ts';
import { type Block, blocksOf, commandsOf, isShell, needs, pagesOf, readPage, wordsOf } from './support/docs/pages.ts';

const root = join(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const pages = pagesOf(root).map((path) => {
  const text = readPage(root, path);
  return { path, text, blocks: blocksOf(path, text) };
});
const shell = pages.flatMap(({ blocks }) => blocks).filter(isShell);
const commands = shell.flatMap((block) => commandsOf(block).map((command) => ({ block, command })));

/** What stands between backquotes, in blocks and in the text. */
function codeOf(text: string): string {
  return [...text.matchAll(/```[^\n`]*\n(.*?)```|`([^`\n]+)`/gs)].map(([, block, word]) => block ?? word).join('\n');
}

function namesOf(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name]) => name as string))];
}

function lineOf({ words, language }: Block): string {
  return [language, ...words].join(' ');
}

describe.each(pages)('$path', ({ text, blocks }) => {
  const code = codeOf(text);

  it('says of each block of shell what it needs', () => {
    const classes = needs.map((need) => `sh ${need}`);
    const allowed = [...classes, 'sh test serve'];
    expect(
      blocks
        .filter(isShell)
        .map(lineOf)
        .filter((line) => !allowed.includes(line)),
    ).toEqual([]);
  });

  it('shows the output of commands that are run', () => {
    for (const [at, block] of blocks.entries()) {
      if (block.language !== 'text' || block.words[0] !== 'output') continue;
      const of = block.words.slice(1).join(' ');
      const commanding = blocks.slice(0, at).findLast((before) => isShell(before) && before.text.startsWith(of));
      expect(commanding?.words[0], block.text).toBe('test');
    }
  });

  it('shows of whatever stays running when it is there', () => {
    const serving = blocks.flatMap(({ words }, at) => (words[1] === 'serve' ? [blocks[at + 1]] : []));
    expect(serving.map((next) => next && lineOf(next))).toEqual(serving.map(() => 'text output'));
  });

  it('names npm scripts that there are, with the files that they run', () => {
    for (const name of namesOf(
      code,
      /\bnpm (?:run )?(?:--silent )?((?<=run )[\w:]+|(?<=--silent )[\w:]+|test\b|start\b)/g,
    )) {
      expect(manifest.scripts).toHaveProperty([name]);
      const [, file] = /^node (\S+)/.exec(manifest.scripts[name]) ?? [];
      if (file !== undefined) expect(existsSync(join(root, file)), file).toBe(true);
    }
    for (const name of namesOf(code, /npm run test:full ([\w-]+)/g)) {
      expect(existsSync(join(root, `test/full/${name}.ts`)), name).toBe(true);
    }
  });

  it('names files and folders that there are', () => {
    const paths = namesOf(
      code,
      /(?<![\w./-])((?:src|test|scripts|bench|docs|deploy|\.ci)\/[\w./-]*|Dockerfile|LICENSE)/g,
    );
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe('each command line of outrigger', () => {
  const lines = commands.flatMap(({ block, command }) => {
    const [, words] = /^(?:npx outrigger|outrigger|npm start(?: --)?)((?: .*)?)$/.exec(command) ?? [];
    return words === undefined ? [] : [{ page: block.page, command, words: wordsOf(words) }];
  });

  it('is found', () => {
    expect(lines.length).toBeGreaterThan(15);
  });

  it.each(lines)('$command ($page) is understood', ({ command, words: [first = '', ...rest] }) => {
    if (command.startsWith('npm start')) readWholly(readDevConfig([first, ...rest].filter(Boolean), {}).config);
    else if (first === 'dev') readWholly(readDevConfig(rest, {}).config);
    else if (first === 'pull') readPull(rest);
    else if (first === 'doctor') readWholly(readConfig({ argv: rest, env: {} }));
    else if (first.startsWith('--') && !['--help', '--version'].includes(first)) {
      readWholly(readConfig({ argv: [first, ...rest], env: {} }));
    } else expect(['', '--help', '--version']).toContain(first);
  });
});

function readWholly({ notices }: { readonly notices: readonly string[] }): void {
  expect(notices).toEqual([]);
}

function readPull(words: readonly string[]): void {
  const { pairs } = readPullConfig(
    words.map((word) => word.replace(/^\$PWD/, '')),
    {},
  );
  for (const { uri } of pairs) expect(() => readModelUri(uri)).not.toThrow();
}

it('every flag that a sentence names is one, of ours or of a program that is named with it', () => {
  const foreign = [
    ...['model-control-mode', 'model-repository', 'model-store', 'disable-token-auth', 'enable-model-api'], // of runtimes
    'write', // of npm run bench
    ...['global', 'ignore-scripts'], // of npm
  ];
  const ours = [...optionNames, ...Object.keys(pullOptions), 'upstream', 'upstream-grpc', 'model', 'help', 'version'];
  const examples = ['some-flag', 'flag'];
  const known: readonly string[] = [...ours, ...foreign, ...examples];
  const unknown = pages
    .filter(({ path }) => !path.startsWith('deploy/'))
    .flatMap(({ path, text }) => {
      const prose = text.replaceAll(/^ *```.*?^ *```$/gms, '');
      return namesOf(codeOf(prose), /(?<![\w-])--([a-z][a-z-]+)/g).map((name) => `${path}: --${name}`);
    })
    .filter((mention) => !known.includes(mention.replace(/^.*--/, '')));
  expect(unknown).toEqual([]);
});
