// The option table for people: rows of the help texts, and the tables of the documentation.
import type { Row } from './layout.ts';
import type { OptionTable } from './option.ts';
import { options } from './options.ts';
import { pullOptions } from './pull-options.ts';

/** One table a group, each under its title in bold; docs/options.md holds it word for word. */
export function renderOptionsTable(): string {
  return renderTables(options);
}

export function renderPullOptionsTable(): string {
  return renderTables(pullOptions);
}

function renderTables(table: OptionTable): string {
  const tables = groupNames(table).map((group) => {
    const rows = namesOf(table, group).map((name) => {
      const { kind, sentence } = table[name]!;
      const unit = kind.isSwitch ? 'switch' : kind.label.replaceAll('|', ', ');
      return `| \`--${name}\` | ${unit} | ${defaultText(table, name)} | ${sentence} |`;
    });
    const head = ['| flag | value | default | meaning |', '|---|---|---|---|'];
    return [`**${group}**`, '', ...head, ...rows].join('\n');
  });
  return `${tables.join('\n\n')}\n`;
}

export function groupNames(table: OptionTable): string[] {
  return [...new Set(Object.values(table).map(({ group }) => group))];
}

export function namesOf(table: OptionTable, group: string): string[] {
  return Object.keys(table).filter((name) => table[name]!.group === group);
}

/** The flag with its unit; its sentence and its default. */
export function helpRow(table: OptionTable, name: string): Row {
  const { kind, sentence } = table[name]!;
  const flag = kind.isSwitch ? `--${name}` : `--${name} <${kind.label}>`;
  return [flag, `${sentence} Default: ${defaultText(table, name)}.`];
}

function defaultText(table: OptionTable, name: string): string {
  const { kind, default: byDefault, defaultText: words } = table[name]!;
  return words ?? (String(kind.show(byDefault)) || 'none');
}
