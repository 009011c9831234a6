// `npm run readme`: the tables of docs/, between `<!-- NAME -->` and `<!-- end -->`, as the code declares them.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderPassTable } from '../src/batcher/pass-reason.ts';
import { renderOptionsTable, renderPullOptionsTable } from '../src/config/help.ts';
import { renderErrorTable } from '../src/errors.ts';
import { openMetrics } from '../src/metrics.ts';
import { renderMetricsTable } from '../src/ops/metrics-table.ts';

export interface TablePage {
  readonly path: string;
  readonly tables: Readonly<Record<string, () => string>>;
}

export const tablePages: readonly TablePage[] = [
  {
    path: join(import.meta.dirname, '../docs/batching.md'),
    tables: { passes: renderPassTable },
  },
  {
    path: join(import.meta.dirname, '../docs/metrics.md'),
    tables: { metrics: () => renderMetricsTable(openMetrics()) },
  },
  { path: join(import.meta.dirname, '../docs/options.md'), tables: { options: renderOptionsTable } },
  { path: join(import.meta.dirname, '../docs/stores.md'), tables: { 'pull-options': renderPullOptionsTable } },
  { path: join(import.meta.dirname, '../docs/errors.md'), tables: { errors: renderErrorTable } },
];

/** @throws when a table has no place in `text` */
export function renderTables({ path, tables }: TablePage, text: string): string {
  let page = text;
  for (const [name, render] of Object.entries(tables)) {
    const [before, rest] = splitAfter(page, { marker: `<!-- ${name} -->\n`, path });
    const at = rest.indexOf('<!-- end -->');
    if (at < 0) throw new Error(`${path} has no <!-- end --> after <!-- ${name} -->`);
    page = `${before}\n${render()}\n${rest.slice(at)}`;
  }
  return page;
}

function splitAfter(text: string, { marker, path }: { marker: string; path: string }): [string, string] {
  const at = text.indexOf(marker);
  if (at < 0) throw new Error(`${path} has no ${marker.trim()}`);
  return [text.slice(0, at + marker.length), text.slice(at + marker.length)];
}

if (import.meta.main) {
  for (const page of tablePages) await writeFile(page.path, renderTables(page, await readFile(page.path, 'utf8')));
}
