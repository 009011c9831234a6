// What all pages of docs/ have to keep: links that lead somewhere, flags that are flags, lines that can be read.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { optionNames } from '../src/config/options.ts';

const root = join(import.meta.dirname, '..');
const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const paths = ['README.md', ...docs.map((name) => `docs/${name}`)];

/** Of headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading as string);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(paths)('%s', (path) => {
  const text = readFileSync(join(root, path), 'utf8');

  it('has links that lead somewhere', () => {
    for (const [, target = '', anchor] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)) {
      const linked = target === '' ? join(root, path) : join(root, dirname(path), target);
      expect(existsSync(linked), target).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(readFileSync(linked, 'utf8')), target).toContain(anchor);
    }
  });

  it('breaks no line within what stands between backquotes', () => {
    const prose = text.replaceAll(/^```.*?^```$/gms, '');
    expect(prose.split('\n').filter((line) => (line.match(/`/g) ?? []).length % 2 === 1)).toEqual([]);
  });
});

describe('docs/logging.md', () => {
  const text = readFileSync(join(root, 'docs/logging.md'), 'utf8');

  it('names no flag that is none', () => {
    const flags = [...text.matchAll(/(?<![\w-])--([a-z][a-z-]+)/g)].map(([, name]) => name as string);
    expect(flags.length).toBeGreaterThan(10);
    expect(flags.filter((name) => !(optionNames as readonly string[]).includes(name))).toEqual([]);
  });

  it('has no prose lines longer than 130 characters', () => {
    expect(text.split('\n').filter((line) => line.length > 130 && !line.startsWith('|'))).toEqual([]);
  });
});
