import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { renderCompletion } from '../../src/config/completion.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { optionNames } from '../../src/config/options.ts';
import { pullOptions } from '../../src/config/pull-options.ts';
import { toolMissing } from '../e2e/support/tool-missing.ts';

/** What bash offers for the last of these words. */
function offered(...words: readonly string[]): string[] {
  const line = words.map((word) => `'${word}'`).join(' ');
  const script = `${renderCompletion('bash')}
COMP_WORDS=(outrigger ${line}); COMP_CWORD=${words.length}; COMPREPLY=(); _outrigger; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\n').filter(Boolean);
}

describe('completion for bash', () => {
  it.for<[string[], string[]]>([
    [['d'], ['dev', 'doctor']],
    [['--max-batchs'], ['--max-batchsize']],
    [['dev', '--upstream-g'], ['--upstream-grpc']],
    [['doctor', '--js'], ['--json']],
    [['pull', '--quie'], ['--quiet']],
    [['--batch-policy', 'w'], ['window']],
    [['pull', './fold'], []],
  ])('of %j is %j', ([words, expected], context) => {
    context.skip(toolMissing('bash') !== null, 'no bash here');
    expect(offered(...words)).toEqual(expected);
  });

  it('has every flag of the agent, and of pull its own', () => {
    const script = renderCompletion('bash');
    for (const name of [...optionNames, ...Object.keys(pullOptions)]) expect(script).toContain(`--${name}`);
  });
});

describe('completion for other shells', () => {
  it('fish: one line a flag, quotes kept', () => {
    const lines = renderCompletion('fish').split('\n');
    for (const name of optionNames) expect(lines.some((line) => line.includes(` -l ${name} `))).toBe(true);
    const sentences = lines.filter((line) => line.startsWith('complete')).map((line) => line.replaceAll("\\'", ''));
    for (const line of sentences) expect((line.match(/'/g) ?? []).length % 2).toBe(0);
  });

  it('fish: flags of dev and doctor behind those words alone', () => {
    const lines = renderCompletion('fish').split('\n');
    const conditionOf = (name: string) =>
      lines.flatMap((line) => (line.includes(` -l ${name} `) ? [/-n '([^']*)'/.exec(line)?.[1]] : []));
    for (const name of ['upstream', 'upstream-grpc', 'model']) {
      expect(conditionOf(name)).toEqual(['__fish_seen_subcommand_from dev']);
    }
    expect(conditionOf('json')).toContain('__fish_seen_subcommand_from doctor');
  });

  it('zsh: that of bash, behind what zsh has for it', () => {
    expect(renderCompletion('zsh')).toContain('bashcompinit');
    expect(renderCompletion('zsh')).toContain(renderCompletion('bash'));
  });

  it.each([undefined, 'tcsh'])('%s is no shell that it knows', (shell) => {
    expect(() => renderCompletion(shell)).toThrow(ConfigError);
  });
});
