// The metrics as a Markdown table, for the README: generated from the declarations, so that it cannot be wrong.
import type { Instrument } from '../instruments.ts';

/** Our own metrics; those that prom-client adds of the process (`process_*`, `nodejs_*`) are its documentation's. */
export function renderMetricsTable({ instruments }: { readonly instruments: readonly Instrument[] }): string {
  const rows = instruments.map(({ name, type, labels, help }) => {
    const labelList = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${labelList} | ${help.replaceAll('|', '\\|')} |`;
  });
  return ['| metric | type | labels | meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}
