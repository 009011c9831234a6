// How results are shown: a table on the terminal, JSON for machines, and the scenario's section in RESULTS.md.

import { cpus, totalmem } from 'node:os';
import type { Row, Scenario } from './scenario.ts';

export interface Report {
  readonly scenario: Scenario;
  readonly rounds: number;
  readonly seconds: number;
  readonly startedAt: string; // ISO 8601
  readonly machine: string;
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

const HEADINGS = ['subject', 'metric', 'median', '+- %', 'requests/s', 'ratio', 'gate', 'result'];
const LEADING_TEXT_COLUMNS = 2;

/** The class of machine in words, without anything that names this one. */
export function machineInWords(): string {
  const [first] = cpus();
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  const model = first?.model.replaceAll(/\((R|TM)\)/g, '').trim();
  return `${cpus().length} ${process.arch} cores (${model}), ${memoryGiB} GiB, Linux, Node ${process.versions.node}`;
}

export function toText({ scenario, rows, notes }: Report): string {
  const table = [HEADINGS, ...rows.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...table.map((line) => line[column]!.length)));
  const lines = table.map((line) =>
    line
      .map((cell, column) =>
        column < LEADING_TEXT_COLUMNS ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  '),
  );
  return [`${scenario.name}: ${scenario.title}`, ...lines, ...notes.map((note) => `note: ${note}`)].join('\n');
}

export function toJson(reports: readonly Report[]): string {
  const plain = reports.map(({ scenario, ...rest }) => ({ scenario: scenario.name, title: scenario.title, ...rest }));
  return `${JSON.stringify(plain, null, 2)}\n`;
}

/** `results` with this scenario's section replaced, or added at its place in the order of `names`. */
export function updateResults(results: string, report: Report, names: readonly string[]): string {
  const sections = new Map<string, string>();
  for (const match of results.matchAll(/<!-- ([A-Z][\w-]*) -->\n([\s\S]*?)<!-- end -->\n/g))
    sections.set(match[1]!, match[2]!);
  sections.set(report.scenario.name, toMarkdown(report));
  const preamble = results.split(/^<!-- [A-Z]/m)[0]!.trimEnd();
  const byHand = [...sections.keys()].filter((name) => !names.includes(name)); // PROFILE
  const ordered = [...names.filter((name) => sections.has(name)), ...byHand];
  const body = ordered.map((name) => `<!-- ${name} -->\n${sections.get(name)}<!-- end -->\n`).join('\n');
  return `${preamble}\n\n${body}`;
}

function toMarkdown({ scenario, rows, notes, startedAt, machine, rounds, seconds }: Report): string {
  const line = (parts: readonly string[]) => `| ${parts.join(' | ')} |`;
  const rule = HEADINGS.map((_, column) => (column < LEADING_TEXT_COLUMNS ? '---' : '---:'));
  return [
    `## ${scenario.name}: ${scenario.title}`,
    '',
    `${scenario.method} ${rounds} rounds of ${seconds} s, ${startedAt.slice(0, 10)}, ${machine}.`,
    '',
    ...[HEADINGS, rule, ...rows.map(cells)].map(line),
    ...notes.flatMap((note) => ['', `Note: ${note}.`]),
    '',
  ].join('\n');
}

function cells(row: Row): string[] {
  return [
    row.subject,
    row.metric,
    figure(row.value),
    row.samples.length < 2 ? '' : row.spreadPercent.toFixed(0),
    row.requestsPerSecond === null ? '' : row.requestsPerSecond.toFixed(0),
    row.ratio === null ? '' : row.ratio.toFixed(2),
    row.gate === null ? '' : 'atMost' in row.gate ? `<= ${row.gate.atMost}` : `>= ${row.gate.atLeast}`,
    row.passed === null ? '' : row.passed ? 'pass' : 'FAIL',
  ];
}

/** Three significant digits at least, never an exponent. */
function figure(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3);
}
