// `npm run readme`: the tables of README.md, between `<!-- NAME -->` and `<!-- end -->`, as the code declares them.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderOptionsTable } from '../src/config/help.ts';
import { renderErrorTable } from '../src/errors.ts';
import { openMetrics } from '../src/metrics.ts';
import { renderMetricsTable } from '../src/ops/metrics-table.ts';

export const readmePath = join(import.meta.dirname, '../README.md');

const tables: Readonly<Record<string, () => string>> = {
  options: renderOptionsTable,
  metrics: () => renderMetricsTable(openMetrics()),
  errors: renderErrorTable,
};

/** @throws when a table has no place in `text` */
export function renderReadme(text: string): string {
  let readme = text;
  for (const [name, render] of Object.entries(tables)) {
    const [before, rest] = splitAfter(readme, `<!-- ${name} -->\n`);
    const at = rest.indexOf('<!-- end -->');
    if (at < 0) throw new Error(`README.md has no <!-- end --> after <!-- ${name} -->`);
    readme = `${before}\n${render()}\n${rest.slice(at)}`;
  }
  return readme;
}

function splitAfter(text: string, marker: string): [string, string] {
  const at = text.indexOf(marker);
  if (at < 0) throw new Error(`README.md has no ${marker.trim()}`);
  return [text.slice(0, at + marker.length), text.slice(at + marker.length)];
}

if (import.meta.main) await writeFile(readmePath, renderReadme(await readFile(readmePath, 'utf8')));
