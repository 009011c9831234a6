// Is the README short, and does it say what the code does? The tables of all pages, word for word; the package that it names.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { renderTables, tablePages } from '../scripts/render-readme.ts';

const root = join(import.meta.dirname, '..');
const readme = await readFile(join(root, 'README.md'), 'utf8');
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

it.each(tablePages)('the tables of $path are those of the code (npm run readme)', async (page) => {
  const text = await readFile(page.path, 'utf8');
  expect(text).toBe(renderTables(page, text));
});

it('it stays short enough to be read', () => {
  expect(readme.split('\n').length).toBeLessThan(180);
});

it('it names every page of docs/ that a reader may want, by way of their index', async () => {
  const index = await readFile(join(root, 'docs/README.md'), 'utf8');
  expect(readme).toContain('](docs/README.md)');
  const { readdir } = await import('node:fs/promises');
  const pages = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md') && name !== 'README.md');
  expect(pages.filter((page) => !index.includes(`](${page})`))).toEqual([]);
});

it('it names each npm script, and every room of the house', async () => {
  const internal = ['types', 'lint', 'unused', 'fuzz', 'prepack', 'postpack', 'prepublishOnly'];
  const scripts = Object.keys(manifest.scripts).filter((name) => !internal.includes(name));
  const named = scripts.filter((name) => new RegExp(`npm (run )?${name}\\b`).test(readme));
  expect(named).toEqual(scripts);
  const rooms = ['config', 'server', 'http', 'upstream', 'readiness', 'lanes', 'batcher', 'v2', 'logger', 'storage'];
  for (const room of [...rooms, 'puller', 'ops', 'commands', 'dev']) {
    expect(existsSync(join(root, 'src', room)), room).toBe(true);
    expect(readme).toContain(`\`src/${room}/\``);
  }
});

it('it names the tarball of this version', () => {
  expect(readme).toContain(`outrigger-${manifest.version}.tgz`);
});
