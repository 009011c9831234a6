// The option table for people: the text of --help and the tables of the README.
import { type OptionName, optionNames, optionOf } from './options.ts';

const WIDTH = 100; // columns
const INDENT = 32; // columns before a sentence

const USAGE = `Usage:
  outrigger [flags]                      stand in front of the runtime at --component-port
  outrigger dev [flags]                  try it, with a runtime of its own
  outrigger dev --upstream URL [flags]   try it before yours (gRPC elsewhere: --upstream-grpc URL)
  outrigger pull SOURCE FOLDER           fetch a model (not built yet)

Each flag is also an environment variable: --some-flag is OUTRIGGER_SOME_FLAG. Flags win.
Durations are written as 500ms, 5s or 1m30s. A switch is --flag, --flag=false or --flag false.`;

export function renderHelp(): string {
  const groups = groupNames().map((group) => [heading(group), ...namesOf(group).map(helpEntry)].join('\n'));
  const special = `${'  -h, --help'.padEnd(INDENT)}This text.\n${'  --version'.padEnd(INDENT)}The version.`;
  return `${[USAGE, ...groups, special].join('\n\n')}\n`;
}

/** One table a group, each under its title in bold; README.md holds it word for word. */
export function renderOptionsTable(): string {
  const tables = groupNames().map((group) => {
    const rows = namesOf(group).map((name) => {
      const { kind, sentence } = optionOf(name);
      const unit = kind.isSwitch ? 'switch' : kind.label.replaceAll('|', ', ');
      return `| \`--${name}\` | ${unit} | ${defaultText(name)} | ${sentence} |`;
    });
    return [`**${heading(group)}**`, '', '| flag | value | default | meaning |', '|---|---|---|---|', ...rows].join(
      '\n',
    );
  });
  return `${tables.join('\n\n')}\n`;
}

function groupNames(): string[] {
  return [...new Set(optionNames.map((name) => optionOf(name).group))];
}

function namesOf(group: string): OptionName[] {
  return optionNames.filter((name) => optionOf(name).group === group);
}

function heading(group: string): string {
  const later = namesOf(group).some((name) => optionOf(name).effect === 'later');
  return later ? `${group} (accepted and checked, no effect yet)` : group;
}

function helpEntry(name: OptionName): string {
  const { kind, sentence } = optionOf(name);
  const flag = kind.isSwitch ? `  --${name}` : `  --${name} <${kind.label}>`;
  const lines = wrap(`${sentence} Default: ${defaultText(name)}.`);
  const first = flag.length < INDENT ? [flag.padEnd(INDENT) + lines.shift()] : [flag];
  return [...first, ...lines.map((line) => ' '.repeat(INDENT) + line)].join('\n');
}

function defaultText(name: OptionName): string {
  const { kind, default: byDefault, defaultText: words } = optionOf(name);
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
