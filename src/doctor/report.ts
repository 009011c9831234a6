// The findings as people and programs read them, and the exit code that they amount to.
import { maskSecrets } from '../config/secrets.ts';
import type { Finding, Level } from './finding.ts';
import type { Examined } from './run-checks.ts';

const colours: Readonly<Record<Level, string>> = { ok: '32', note: '36', warning: '33', problem: '31' };
const levels = ['problem', 'warning', 'note', 'ok'] as const;

export interface Report {
  readonly groups: readonly Examined[];
  /** Of the configuration: exit code 64. */
  readonly misconfigured: boolean;
}

/** 0: no problem; 1: at least one; 64: the configuration is wrong. */
export function exitCodeOf({ groups, misconfigured }: Report): 0 | 1 | 64 {
  if (misconfigured) return 64;
  return count(groups, 'problem') > 0 ? 1 : 0;
}

/** One line a finding, each group under its title; colours of a terminal only where they are wanted. */
export function renderReport(report: Report, { colour }: { readonly colour: boolean }): string {
  const paint = (level: Level): string => {
    const word = level.padEnd(7);
    return colour ? `\x1b[${colours[level]}m${word}\x1b[0m` : word;
  };
  const lineOf = ({ level, text, remedy }: Finding) =>
    `  ${paint(level)}  ${oneLine(text)}${remedy === null ? '' : `; ${oneLine(remedy)}`}`;
  const parts = merged(report.groups)
    .filter(({ findings }) => findings.length > 0)
    .map(({ group, findings }) => [group, ...findings.map(lineOf)].join('\n'));
  return `${[...parts, summaryOf(report.groups)].join('\n\n')}\n`;
}

/** One object, indented. */
export function renderReportJson(report: Report, { version }: { readonly version: string }): string {
  const findings = merged(report.groups).flatMap(({ group, findings: found }) =>
    found.map(({ level, text, remedy }) => ({
      group,
      level,
      text: oneLine(text),
      remedy: remedy === null ? null : oneLine(remedy),
    })),
  );
  const counts = Object.fromEntries(levels.map((level) => [level, count(report.groups, level)]));
  const whole = { schemaVersion: 1, version, exitCode: exitCodeOf(report), counts, findings };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

function summaryOf(groups: readonly Examined[]): string {
  const [problems, warnings] = [count(groups, 'problem'), count(groups, 'warning')];
  const counted = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  return `${problems === 0 ? 'no problem' : counted(problems, 'problem')}, ${counted(warnings, 'warning')}`;
}

function count(groups: readonly Examined[], level: Level): number {
  return groups.flatMap(({ findings }) => findings).filter((finding) => finding.level === level).length;
}

/** Several checks may stand under one title. */
function merged(groups: readonly Examined[]): readonly Examined[] {
  const byGroup = new Map<string, Finding[]>();
  for (const { group, findings } of groups) byGroup.set(group, [...(byGroup.get(group) ?? []), ...findings]);
  return [...byGroup].map(([group, findings]) => ({ group, findings }));
}

/** What servers say may hold anything, also what would move a terminal's cursor; and a URL in it may hold a secret. */
function oneLine(text: string): string {
  const plain = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return plain.replaceAll(/[a-z][a-z0-9+.-]*:\/\/[^\s"]+/gi, maskSecrets);
}
