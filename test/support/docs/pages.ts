// Which pages are there, and which fenced blocks do they have?
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a block of shell needs; only `test` is run (test/full/docs-commands.ts), as docs/README.md tells readers. */
export const needs = ['test', 'cluster', 'engine', 'runtime', 'checkout'] as const;

export interface Block {
  readonly page: string;
  /** The heading of second level above it; '' is the first one. */
  readonly section: string;
  readonly language: string;
  /** What stands behind the language, such as `test serve` or a file's name. */
  readonly words: readonly string[];
  readonly text: string;
}

/** Paths from `root`, in the order in which a reader meets them. */
export function pagesOf(root: string): string[] {
  const below = (folder: string): string[] =>
    !existsSync(join(root, folder))
      ? []
      : readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
          .filter((path) => path.endsWith('.md'))
          .map((path) => `${folder}/${path}`)
          .toSorted();
  const first = ['README.md', 'docs/getting-started.md'];
  const rest = ['CONTRIBUTING.md', 'CHANGELOG.md', ...below('docs'), ...below('deploy')];
  return [...first, ...rest.filter((page) => !first.includes(page))].filter((page) => existsSync(join(root, page)));
}

export function readPage(root: string, page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

/** Without the indent that a block inside a list has. */
export function blocksOf(page: string, text: string): Block[] {
  let section = '';
  return [...text.matchAll(/^## ([^\n]*)$|^( *)```([^\n`]*)\n(.*?)^ *```$/gms)].flatMap(
    ([, heading, indent = '', info = '', inner = '']) => {
      if (heading !== undefined) section = heading;
      if (heading !== undefined) return [];
      const [language = '', ...words] = info.trim().split(/\s+/);
      return [{ page, section, language, words, text: inner.replaceAll(new RegExp(`^${indent}`, 'gm'), '') }];
    },
  );
}

export function isShell({ language }: Block): boolean {
  return /^(sh|bash|zsh|shell|console)$/.test(language);
}

/** Commands of a block, each on one line, without comments. */
export function commandsOf({ text }: Block): string[] {
  const lines = text.replaceAll(/\\\n\s*/g, ' ').split('\n');
  return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
}

/** Words as a shell would take them; variables stay as they are. */
export function wordsOf(command: string): string[] {
  const words = command.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g);
  return [...words].map(([word]) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double));
}

/** `path#heading` of a heading, as GitHub makes it. */
export function anchorsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading as string);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}
