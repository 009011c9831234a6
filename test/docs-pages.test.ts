// What all pages have to keep: links that lead somewhere, lines that can be read; and what docs/operating.md has to name.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openMetrics } from '../src/metrics.ts';
import { openPages } from '../src/ops/pages.ts';
import { anchorsOf, pagesOf, readPage } from './support/docs/pages.ts';

const root = join(import.meta.dirname, '..');

describe.each(pagesOf(root))('%s', (path) => {
  const text = readPage(root, path);
  const prose = text.replaceAll(/^ *```.*?^ *```$/gms, '');

  it('has links that lead somewhere', () => {
    for (const [, target = '', anchor] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)) {
      const linked = target === '' ? join(root, path) : join(root, dirname(path), target);
      expect(existsSync(linked), target).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(readFileSync(linked, 'utf8')), target).toContain(anchor);
    }
  });

  it('breaks no line within what stands between backquotes', () => {
    expect(prose.split('\n').filter((line) => (line.match(/`/g) ?? []).length % 2 === 1)).toEqual([]);
  });

  it('has no prose lines longer than 130 characters', () => {
    expect(prose.split('\n').filter((line) => line.length > 130 && !line.startsWith('|'))).toEqual([]);
  });
});

describe('docs/operating.md', () => {
  it("names every path of the operator's port", () => {
    const text = readPage(root, 'docs/operating.md');
    const status = {} as Parameters<typeof openPages>[0]['status'];
    const paths = [...openPages({ metrics: openMetrics(), status }).keys()].filter((path) => path !== '/');
    for (const path of paths) expect(text).toContain(`| \`${path}\` |`);
  });
});
