import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-error.ts';
import { groupNames, renderOptionsTable, renderPullOptionsTable } from '../../src/config/help.ts';
import {
  renderDevHelp,
  renderDoctorHelp,
  renderHelp,
  renderHelpOn,
  renderPullHelp,
  renderWholeHelp,
} from '../../src/config/help-pages.ts';
import { optionNames, optionOf, options } from '../../src/config/options.ts';
import { pullOptions } from '../../src/config/pull-options.ts';
import { readModelUri } from '../../src/storage/uri/read-model-uri.ts';

const pages = [renderHelp, renderWholeHelp, renderDevHelp, renderPullHelp, renderDoctorHelp];
const whole = renderWholeHelp();

/** The flags that have a row. */
function flagsOf(page: string): string[] {
  const flags = page.split('\n').map((line) => /^ {2}--([a-z][\w-]*)/.exec(line)?.[1] ?? '');
  return flags.filter((flag) => flag !== '' && flag !== 'version');
}

describe('--help', () => {
  it('is short: it fits into a window of 50 lines, and says what else there is', () => {
    expect(renderHelp().split('\n').length).toBeLessThanOrEqual(50);
    for (const word of ['outrigger dev', 'outrigger doctor', 'outrigger pull', '--help all', 'OUTRIGGER_SOME_FLAG'])
      expect(renderHelp()).toContain(word);
    expect(flagsOf(renderHelp())).toHaveLength(10);
  });

  it.each([100, 80, 60, 40])('fits into %i columns, but for what is to be pasted', (columns) => {
    for (const page of pages) {
      const long = page(columns)
        .split('\n')
        .filter((line) => line.length > columns && line.trim().includes(' '));
      expect(long.filter((line) => !/^ {2}(outrigger|kubectl|--\S+ <|-h)/.test(line))).toEqual([]);
    }
  });

  it('grows no wider than 100 columns, and takes a terminal that does not say its width for one of 100', () => {
    expect(renderHelp(300)).toBe(renderHelp(100));
    expect(renderHelp(0)).toBe(renderHelp(100));
  });
});

describe('--help all', () => {
  it.each(optionNames)('has --%s once, with its unit', (name) => {
    const lines = whole.split('\n').filter((line) => line.trim().split(' ', 1)[0] === `--${name}`);
    expect(lines).toHaveLength(1);
    if (!optionOf(name).kind.isSwitch) expect(lines[0]).toContain(`<${optionOf(name).kind.label}>`);
  });

  it('has all groups, defaults that depend on something, the rule for variables and the special words', () => {
    for (const name of optionNames) expect(whole).toContain(optionOf(name).group);
    const flowing = whole.replace(/\s+/g, ' ');
    for (const name of optionNames) expect(flowing).toContain(`Default: ${optionOf(name).defaultText ?? ''}`);
    for (const word of ['OUTRIGGER_SOME_FLAG', '-h, --help', '--version', 'outrigger dev'])
      expect(whole).toContain(word);
  });
});

describe('help on a word', () => {
  it.each(groupNames(options))('%s is all flags of that group', (group) => {
    const names = optionNames.filter((name) => optionOf(name).group === group);
    expect(flagsOf(renderHelpOn(group))).toEqual(expect.arrayContaining(names));
  });

  it('is about one flag, with and without dashes, and names its variable', () => {
    expect(flagsOf(renderHelpOn('--max-batchsize'))).toEqual(['max-batchsize']);
    expect(renderHelpOn('max-batchsize')).toContain('OUTRIGGER_MAX_BATCHSIZE');
  });

  it.each(['dev', 'pull', 'doctor', 'all'])('%s is its page', (word) => {
    expect(pages.map((page) => page())).toContain(renderHelpOn(word));
  });

  it.each([
    ['bathcing', 'did you mean batching?'],
    ['max-batch-sise', 'did you mean max-batchsize?'],
    ['docter', 'did you mean doctor?'],
    ['quantum', 'there are: all; dev; pull; doctor; completion; Listening; '],
  ])('%s is unknown, and the problem says what is near', (word, said) => {
    expect(() => renderHelpOn(word)).toThrow(ConfigError);
    expect(() => renderHelpOn(word)).toThrow(said);
  });
});

describe("the README's options table", () => {
  it('has one row of four cells for each option', () => {
    const rows = renderOptionsTable()
      .split('\n')
      .filter((line) => line.startsWith('| `--'));
    expect(rows.map((row) => row.split('`')[1])).toEqual(optionNames.map((name) => `--${name}`));
    for (const row of rows) expect(row.split('|')).toHaveLength(6);
  });
});

describe('pull --help', () => {
  const pullHelp = renderPullHelp();

  it('has every option once', () => {
    expect(flagsOf(pullHelp)).toEqual(Object.keys(pullOptions));
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
