// Completion for shells, made of the option table: `outrigger completion bash`.
import { ConfigError } from './config-error.ts';
import { devFlags, doctorFlags, topLevelWords } from './help-pages.ts';
import type { Row } from './layout.ts';
import type { OptionTable } from './option.ts';
import { options } from './options.ts';
import { pullOptions } from './pull-options.ts';
import { quoteRejected } from './secrets.ts';

/** @throws ConfigError: no shell that is known */
export function renderCompletion(shell: string | undefined): string {
  switch (shell) {
    case 'bash':
      return bashScript();
    case 'zsh':
      return `autoload -U +X bashcompinit && bashcompinit\n${bashScript()}`;
    case 'fish':
      return fishScript();
    default: {
      const got = shell === undefined ? 'nothing' : quoteRejected(shell);
      throw new ConfigError([`completion: expected bash, zsh or fish, got ${got}`]);
    }
  }
}

function bashScript(): string {
  const choices = Object.entries(options).flatMap(([name, { kind }]) => {
    const words = choicesOf(kind.label);
    return words.length === 0
      ? []
      : [`    --${name}) COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$cur")); return ;;`];
  });
  return `# outrigger completion bash: source <(outrigger completion bash)
_outrigger() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} flags
  case $prev in
${choices.join('\n')}
  esac
  if [[ $COMP_CWORD -eq 1 && $cur != -* ]]; then
    COMPREPLY=($(compgen -W '${topLevelWords.join(' ')}' -- "$cur"))
    return
  fi
  [[ $cur == -* ]] || return
  case \${COMP_WORDS[1]} in
    pull) flags='${dashed(Object.keys(pullOptions))}' ;;
    dev) flags='${dashed([...devFlags.map(flagOf), ...Object.keys(options)])}' ;;
    doctor) flags='${dashed([...doctorFlags.map(flagOf), ...Object.keys(options)])}' ;;
    *) flags='${dashed(Object.keys(options))}' ;;
  esac
  COMPREPLY=($(compgen -W "$flags" -- "$cur"))
}
complete -o default -F _outrigger outrigger
`;
}

function fishScript(): string {
  const lines = [
    '# outrigger completion fish | source',
    `complete -c outrigger -n __fish_use_subcommand -a '${topLevelWords.join(' ')}'`,
    ...linesOf(options, 'not __fish_seen_subcommand_from pull'),
    ...linesOf(pullOptions, '__fish_seen_subcommand_from pull'),
    ...devFlags.map((row) => lineOf(row, '__fish_seen_subcommand_from dev')),
    ...doctorFlags.map((row) => lineOf(row, '__fish_seen_subcommand_from doctor')),
  ];
  return `${lines.join('\n')}\n`;
}

function linesOf(table: OptionTable, condition: string): string[] {
  return Object.entries(table).map(([name, { kind, sentence }]) => {
    const words = choicesOf(kind.label);
    const value = kind.isSwitch ? '' : words.length === 0 ? ' -r' : ` -x -a '${words.join(' ')}'`;
    return fishLine({ name, value, sentence, condition });
  });
}

function lineOf(row: Row, condition: string): string {
  const [term, sentence] = row;
  return fishLine({ name: flagOf(row), value: term.includes('<') ? ' -r' : '', sentence, condition });
}

interface FishFlag {
  readonly name: string;
  /** What may follow it, in words of `complete`. */
  readonly value: string;
  readonly sentence: string;
  readonly condition: string;
}

function fishLine({ name, value, sentence, condition }: FishFlag): string {
  return `complete -c outrigger -n '${condition}' -l ${name}${value} -d '${sentence.replaceAll("'", "\\'")}'`;
}

/** Without its dashes and its placeholder. */
function flagOf([term]: Row): string {
  return term.replace(/^--/, '').split(' ', 1)[0] as string;
}

/** Of a kind whose placeholder names all its values. */
function choicesOf(label: string): string[] {
  return label.includes('|') ? label.split('|') : [];
}

function dashed(names: readonly string[]): string {
  return ['help', ...names].map((name) => `--${name}`).join(' ');
}
