// Does the README say what the code does? Its tables word for word; every command, flag, script and file that it names.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderTables, tablePages } from '../scripts/render-readme.ts';
import { readDevConfig } from '../src/commands/dev-config.ts';
import { optionNames } from '../src/config/options.ts';
import { readPullConfig } from '../src/config/pull-config.ts';
import { pullOptions } from '../src/config/pull-options.ts';
import { readConfig } from '../src/config/read.ts';
import { openMetrics } from '../src/metrics.ts';
import { modelStates } from '../src/model-report.ts';
import { openPages } from '../src/ops/pages.ts';
import { readModelUri } from '../src/storage/uri/read-model-uri.ts';

const root = join(import.meta.dirname, '..');
const readme = await readFile(join(root, 'README.md'), 'utf8');
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const scripts: Readonly<Record<string, string>> = manifest.scripts;

/** What stands between backquotes, in code blocks and in the text. */
const code = [...readme.matchAll(/```\w*\n([^`]*)```|`([^`\n]+)`/g)].map(
  ([, block, word]) => (block ?? word) as string,
);

function mentions(pattern: RegExp): string[] {
  return [...new Set(code.flatMap((text) => [...text.matchAll(pattern)].map(([, mention]) => mention as string)))];
}

it.each(tablePages)('the tables of $path are those of the code (npm run readme)', async (page) => {
  const text = await readFile(page.path, 'utf8');
  expect(text).toBe(renderTables(page, text));
});

it('it stays short enough to be read', () => {
  expect(readme.split('\n').length).toBeLessThan(350);
  expect(readme.split('\n').filter((line) => line.length > 130 && !line.startsWith('|') && !/[┌└]/.test(line))).toEqual(
    [],
  );
});

it('every npm script that it names is there, with the file that it runs', () => {
  const names = mentions(/\bnpm (?:run )?((?:(?<=run )[\w:]+)|test|start)\b/g);
  expect(names).toContain('check');
  for (const name of names) {
    expect(scripts).toHaveProperty([name]);
    const [, file] = /^node (\S+)/.exec(scripts[name] as string) ?? [];
    if (file !== undefined) expect(existsSync(join(root, file)), file).toBe(true);
  }
});

it('every file and folder that it names is there', () => {
  const paths = mentions(/(?<![\w/])((?:src|test|scripts|bench|docs|\.ci)\/[\w./-]*|Dockerfile|LICENSE)/g);
  expect(paths.length).toBeGreaterThan(10);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  expect(readme).toContain(`outrigger-${manifest.version}.tgz`);
});

it('every flag that it names is one', () => {
  const others = ['model-control-mode', 'model-repository', 'model-store', 'disable-token-auth', 'enable-model-api']; // of runtimes
  const own = [...optionNames, ...Object.keys(pullOptions), 'upstream', 'upstream-grpc', 'help', 'some-flag', 'flag'];
  const known = [...own, ...others];
  expect(mentions(/(?<![\w-])--([a-z][a-z-]+)/g).filter((name) => !known.includes(name))).toEqual([]);
});

describe('each command line that it shows', () => {
  const lines = mentions(/^(outrigger(?: .*)?)$/gm).filter((line) => line !== 'outrigger pull');

  it.each(lines)('%s is understood', (line) => {
    const [word, ...words] = line.split(' ').slice(1);
    if (word === 'pull')
      expect(readPullConfig(words, {}).pairs.map(({ uri }) => readModelUri(uri).scheme)).toEqual(['s3']);
    else if (word === 'dev') expect(readDevConfig(words, {}).config.notices).toEqual([]);
    else if (word?.startsWith('--component'))
      expect(readConfig({ argv: [word, ...words], env: {} }).notices).toEqual([]);
    else expect([undefined, '--help']).toContain(word);
  });
});

it("names every path of the operator's port", () => {
  const source = {} as Parameters<typeof openPages>[0]['status'];
  const paths = [...openPages({ metrics: openMetrics(), status: source }).keys()].filter((path) => path !== '/');
  for (const path of paths) expect(readme).toContain(`| \`${path}\` |`);
});

it('its table of states has them all, in the order of the code', () => {
  const [, rows = ''] = /\| state \| meaning \|\n.*\n((?:\|.*\n)+)/.exec(readme) ?? [];
  const named = rows.split('\n').flatMap((row) => row.split('|')[1]?.match(/\w+/g) ?? []);
  expect(named).toEqual([...modelStates]);
});

it('links to headings that it has', () => {
  const headings = [...readme.matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
    (text as string).toLowerCase().replaceAll(' ', '-'),
  );
  for (const [, anchor] of readme.matchAll(/\]\(#([^)]+)\)/g)) expect(headings).toContain(anchor);
});
