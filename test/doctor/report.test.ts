import { describe, expect, it } from 'vitest';
import { note, ok, problem, warning } from '../../src/doctor/finding.ts';
import { exitCodeOf, type Report, renderReport, renderReportJson } from '../../src/doctor/report.ts';

const report: Report = {
  misconfigured: false,
  groups: [
    { group: 'A', findings: [ok('fine')] },
    { group: 'B', findings: [problem('it is broken', 'mend it')] },
    { group: 'A', findings: [warning('two\nlines \x1b[31mred')] },
    { group: 'C', findings: [] },
  ],
};

describe('a report', () => {
  it('has one line a finding below its group, and a summary', () => {
    expect(renderReport(report, { colour: false })).toBe(
      [
        'A',
        '  ok       fine',
        '  warning  two lines [31mred',
        '',
        'B',
        '  problem  it is broken; mend it',
        '',
        '1 problem, 1 warning',
        '',
      ].join('\n'),
    );
  });

  it('has colours of a terminal where they are wanted, and nowhere else', () => {
    const coloured = renderReport(report, { colour: true });
    expect(coloured).toContain('\x1b[31mproblem\x1b[0m');
    expect(renderReport(report, { colour: false })).not.toContain('\x1b');
  });

  it('is one JSON object for programs', () => {
    const json = JSON.parse(renderReportJson(report, { version: '1.2.3' }));
    expect(json).toMatchObject({ schemaVersion: 1, version: '1.2.3', exitCode: 1, counts: { problem: 1, ok: 1 } });
    expect(json.findings).toContainEqual({ group: 'B', level: 'problem', text: 'it is broken', remedy: 'mend it' });
  });

  it('shows no secret of a URL, whoever wrote it into a sentence', () => {
    const findings = [problem('no answer of "https://user:pw@host/x?sig=abc" at all', 'see http://me:too@host/')];
    const secret = { misconfigured: false, groups: [{ group: 'A', findings }] };
    for (const text of [renderReport(secret, { colour: false }), renderReportJson(secret, { version: '1' })])
      expect(text).not.toMatch(/pw|abc|too/);
  });

  it.each([
    [0, { misconfigured: false, groups: [{ group: 'A', findings: [ok('a'), note('b'), warning('c')] }] }],
    [1, report],
    [64, { ...report, misconfigured: true }],
  ] as const)('ends with exit code %i', (code, given) => {
    expect(exitCodeOf(given)).toBe(code);
  });
});
