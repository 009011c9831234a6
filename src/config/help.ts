// The option table for people: the text of --help and the tables of the README.
import type { OptionTable } from './option.ts';
import { options } from './options.ts';
import { pullOptions } from './pull-options.ts';

const WIDTH = 100; // columns
const INDENT = 32; // columns before a sentence

const USAGE = `Usage:
  outrigger [flags]                      stand in front of the runtime at --component-port
  outrigger dev [flags]                  try it, with a runtime of its own
  outrigger dev --upstream URL [flags]   try it before yours (gRPC elsewhere: --upstream-grpc URL)
  outrigger pull SOURCE FOLDER           fetch a model from a store (see outrigger pull --help)

Each flag is also an environment variable: --some-flag is OUTRIGGER_SOME_FLAG. Flags win.
Durations are written as 500ms, 5s or 1m30s. A switch is --flag, --flag=false or --flag false.`;

const PULL_USAGE = `Usage:
  outrigger pull SOURCE FOLDER [SOURCE FOLDER ...] [flags]

Fetches each model into its folder, over many connections, verified, whole or not at all. A second
run fetches what has changed; after an interrupted one the next goes on where it was. SOURCE is:
  s3://bucket/path
  gs://bucket/path
  https://account.blob.core.windows.net/container/path
  abfss://container@account.dfs.core.windows.net/path
  hf://owner/model[:revision]
  https://host/path/file
  file:///path   /path
A source that is one .tar, .tar.gz, .tgz or .zip is unpacked. Credentials come from the environment,
by the names of KServe and of each store's own client: docs/stores.md.

Exit codes: 0 all is there, 1 it is not, 64 wrong usage, 130 and 143 interrupted: run it again.
Each flag is also an environment variable: --some-flag is OUTRIGGER_SOME_FLAG. Flags win.`;

export function renderHelp(): string {
  return renderText(USAGE, options);
}

export function renderPullHelp(): string {
  return renderText(PULL_USAGE, pullOptions);
}

function renderText(usage: string, table: OptionTable): string {
  const groups = groupNames(table).map((group) => {
    return [group, ...namesOf(table, group).map((name) => helpEntry(table, name))].join('\n');
  });
  const special = `${'  -h, --help'.padEnd(INDENT)}This text.\n${'  --version'.padEnd(INDENT)}The version.`;
  return `${[usage, ...groups, special].join('\n\n')}\n`;
}

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

function groupNames(table: OptionTable): string[] {
  return [...new Set(Object.values(table).map(({ group }) => group))];
}

function namesOf(table: OptionTable, group: string): string[] {
  return Object.keys(table).filter((name) => table[name]!.group === group);
}

function helpEntry(table: OptionTable, name: string): string {
  const { kind, sentence } = table[name]!;
  const flag = kind.isSwitch ? `  --${name}` : `  --${name} <${kind.label}>`;
  const lines = wrap(`${sentence} Default: ${defaultText(table, name)}.`);
  const first = flag.length < INDENT ? [flag.padEnd(INDENT) + lines.shift()] : [flag];
  return [...first, ...lines.map((line) => ' '.repeat(INDENT) + line)].join('\n');
}

function defaultText(table: OptionTable, name: string): string {
  const { kind, default: byDefault, defaultText: words } = table[name]!;
  return words ?? (String(kind.show(byDefault)) || 'none');
}

function wrap(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trim();
    if (line.length <= WIDTH - INDENT) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines;
}
