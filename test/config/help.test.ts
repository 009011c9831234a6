import { describe, expect, it } from 'vitest';
import { renderHelp, renderOptionsTable, renderPullHelp, renderPullOptionsTable } from '../../src/config/help.ts';
import { optionNames, optionOf } from '../../src/config/options.ts';
import { pullOptions } from '../../src/config/pull-options.ts';
import { readModelUri } from '../../src/storage/uri/read-model-uri.ts';

const help = renderHelp();
const table = renderOptionsTable();

describe('--help', () => {
  it.each(optionNames)('has --%s once, with its unit', (name) => {
    const lines = help.split('\n').filter((line) => line.trim().split(' ', 1)[0] === `--${name}`);
    expect(lines).toHaveLength(1);
    if (!optionOf(name).kind.isSwitch) expect(lines[0]).toContain(`<${optionOf(name).kind.label}>`);
  });

  it('has all groups, defaults that depend on something, the rule for variables and the special words', () => {
    for (const name of optionNames) expect(help).toContain(optionOf(name).group);
    const flowing = help.replace(/\s+/g, ' ');
    for (const name of optionNames) expect(flowing).toContain(`Default: ${optionOf(name).defaultText ?? ''}`);
    for (const word of ['OUTRIGGER_SOME_FLAG', '-h, --help', '--version', 'outrigger dev'])
      expect(help).toContain(word);
  });

  it('fits into 100 columns', () => {
    expect(help.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });
});

describe("the README's options table", () => {
  it('has one row of four cells for each option', () => {
    const rows = table.split('\n').filter((line) => line.startsWith('| `--'));
    expect(rows.map((row) => row.split('`')[1])).toEqual(optionNames.map((name) => `--${name}`));
    for (const row of rows) expect(row.split('|')).toHaveLength(6);
  });
});

describe('pull --help', () => {
  const pullHelp = renderPullHelp();

  it('has every option once, and fits into 100 columns', () => {
    for (const name of Object.keys(pullOptions)) {
      expect(pullHelp.split('\n').filter((line) => line.trim().split(' ', 1)[0] === `--${name}`)).toHaveLength(1);
    }
    expect(pullHelp.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  it('shows sources that are understood, and tells every exit code', () => {
    const sources = pullHelp.match(/\b[a-z0-9]+:\/\/\S+/g) ?? [];
    expect(sources.length).toBeGreaterThan(6);
    for (const source of sources)
      expect(() => readModelUri(source.replace('[:revision]', ':main')), source).not.toThrow();
    for (const code of ['0', '1', '64', '130', '143']) expect(pullHelp).toMatch(new RegExp(`\\b${code}\\b`));
  });

  it('its table for the documentation has one row for each option', () => {
    const rows = renderPullOptionsTable()
      .split('\n')
      .filter((line) => line.startsWith('| `--'));
    expect(rows.map((row) => row.split('`')[1])).toEqual(Object.keys(pullOptions).map((name) => `--${name}`));
  });
});
