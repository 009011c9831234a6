import { describe, expect, it } from 'vitest';
import { readArgv, specialWord } from '../../src/config/argv.ts';
import { options } from '../../src/config/options.ts';

const flagsOnly = { table: options, takesWords: false };

function textsOf(...argv: string[]): Record<string, readonly string[]> {
  const { texts, problems } = readArgv(argv, flagsOnly);
  expect(problems).toEqual([]);
  return Object.fromEntries(texts);
}

describe('the command line, as pflag reads it', () => {
  it('a value follows after a blank or after =', () => {
    expect(textsOf('--port', '1', '--component-port=2', '--log-url=', '--source-uri', '')).toEqual({
      port: ['1'],
      'component-port': ['2'],
      'log-url': [''],
      'source-uri': [''],
    });
  });

  it('a value may hold = and begin with one dash', () => {
    expect(textsOf('--metadata-annotations=team=a=b', '--probe-period', '-1')).toEqual({
      'metadata-annotations': ['team=a=b'],
      'probe-period': ['-1'],
    });
  });

  it('a switch alone is true, and a boolean word after it belongs to it', () => {
    expect(
      textsOf('--enable-batcher', '--enable-puller=false', '--logger-tls-skip-verify', 'false', '--log-pretty'),
    ).toEqual({
      'enable-batcher': ['true'],
      'enable-puller': ['false'],
      'logger-tls-skip-verify': ['false'],
      'log-pretty': ['true'],
    });
  });

  it('a repeated flag keeps all of its texts', () => {
    expect(textsOf('--metadata-headers', 'A,B', '--metadata-headers=C')).toEqual({ 'metadata-headers': ['A,B', 'C'] });
  });

  it('-- ends the flags', () => {
    expect(textsOf('--port', '1', '--')).toEqual({ port: ['1'] });
    expect(readArgv(['--', '--port', '1'], flagsOnly).problems).toHaveLength(2);
  });

  it.each<[string[], RegExp]>([
    [['--port'], /^--port: expected a port .*, got nothing$/],
    [['--source-uri', '--log-mode', 'all'], /^--source-uri: expected .*, got nothing$/],
    [['--enable-batcher', 'maybe'], /^expected nothing but flags, got the argument "maybe"$/],
    [['serve'], /got the argument "serve"$/],
    [['-'], /got the argument "-"$/],
    [['-port', '--workers', '1'], /^expected flags of two dashes, got "-port"; did you mean --port\?$/],
    [['-x=secret'], /^expected flags of two dashes, got "-x"$/],
    [['--prot', '1'], /^--prot: expected a known flag, got "--prot"; did you mean --port\?$/],
    [['--max_batch_size=3'], /did you mean --max-batchsize\?$/],
    [['--constructor'], /^--constructor: expected a known flag, got "--constructor"$/],
    [['--__proto__=1'], /^--__proto__: expected a known flag/],
    [
      ['--nothing-like-it', 'secret', 'word', '--port', '1'],
      /^--nothing-like-it: expected a known flag, got "--nothing-like-it"$/,
    ],
  ])('%j is refused once, by name', (argv, problem) => {
    const { problems } = readArgv(argv, flagsOnly);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
    expect(problems[0]).not.toContain('secret');
  });
});

describe('special words', () => {
  it.each<[string[], string | null]>([
    [['--help'], 'help'],
    [['--port', '1', '-h'], 'help'],
    [['--version', '--help'], 'version'],
    [['--nothing-like-it', '--version'], 'version'],
    [['--source-uri', '--help'], 'help'],
    [['--source-uri=--help'], null],
    [['--', '--help'], null],
    [[], null],
  ])('%j asks for %s', (argv, word) => {
    expect(specialWord(argv)).toBe(word);
  });
});
