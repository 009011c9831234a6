// The command line as pflag reads it: which flag was given which texts; what is no flag at all is a problem.
import type { OptionTable } from './option.ts';
import { options } from './options.ts';
import { quoteRejected } from './secrets.ts';
import { nearest } from './suggest.ts';
import { boolean, type Kind } from './values.ts';

export type SpecialWord = 'help' | 'version';

export interface GivenFlags {
  /** In the order of the command line; a switch without a value counts as "true". Values are not checked yet. */
  readonly texts: ReadonlyMap<string, readonly string[]>;
  /** What is no flag, where such words are expected. */
  readonly words: readonly string[];
  readonly problems: readonly string[];
  /** The first of --help, -h, --version. */
  readonly special: SpecialWord | null;
}

const SPECIAL_WORDS: ReadonlyMap<string, SpecialWord> = new Map([
  ['--help', 'help'],
  ['-h', 'help'],
  ['--version', 'version'],
]);

/** Whether the command line asks for the help text or the version; main answers these before it reads a configuration. */
export function specialWord(argv: readonly string[], table: OptionTable = options): SpecialWord | null {
  return readArgv(argv, { table, takesWords: true }).special;
}

export interface CommandLine {
  readonly table: OptionTable;
  /** True: words that are no flags are for the caller. False: they are problems. */
  readonly takesWords: boolean;
}

export function readArgv(argv: readonly string[], line: CommandLine): GivenFlags {
  const { texts, words, problems, special } = new ArgvReading(argv, line);
  return { texts, words, problems, special };
}

class ArgvReading implements GivenFlags {
  readonly texts = new Map<string, string[]>();
  readonly words: string[] = [];
  readonly problems: string[] = [];
  special: SpecialWord | null = null;
  readonly #argv: readonly string[];
  readonly #line: CommandLine;
  #next = 0;

  constructor(argv: readonly string[], line: CommandLine) {
    this.#argv = argv;
    this.#line = line;
    while (this.#next < argv.length) this.#readWord(argv[this.#next++]!);
  }

  #readWord(word: string): void {
    const special = SPECIAL_WORDS.get(word);
    if (special !== undefined) this.special ??= special;
    else if (word === '--') this.#refuseRest();
    else if (word.startsWith('--')) this.#readFlag(word);
    else if (/^-./.test(word)) this.#refuseSingleDash(word);
    else if (this.#line.takesWords) this.words.push(word);
    else this.problems.push(`expected nothing but flags, got the argument ${quoteRejected(word)}`);
  }

  #readFlag(word: string): void {
    const equals = word.indexOf('=');
    const name = word.slice(2, equals < 0 ? undefined : equals);
    if (!this.#knows(name)) {
      this.#refuseUnknown(name, equals < 0);
      return;
    }
    const { kind } = this.#line.table[name]!;
    const text = equals < 0 ? this.#takeValue(kind) : word.slice(equals + 1);
    if (text === undefined) this.problems.push(`--${name}: expected ${kind.expected}, got nothing`);
    else this.texts.set(name, [...(this.texts.get(name) ?? []), text]);
  }

  /**
   * The word after the flag. Where pflag is not followed: a switch takes a boolean word (`--logger-tls-skip-verify false`
   * is what KServe writes, and it means false); another known flag is not a value but shows that the value is missing.
   */
  #takeValue(kind: Kind<unknown>): string | undefined {
    const word = this.#argv[this.#next];
    if (kind.isSwitch) {
      if (word === undefined || boolean.read(word) === undefined) return 'true';
    } else if (word === undefined || this.#isFlag(word)) return undefined;
    this.#next++;
    return word;
  }

  /** The words that follow are most likely its value: they are passed over, since they may be a secret. */
  #refuseUnknown(name: string, valueMayFollow: boolean): void {
    const close = nearest(name, Object.keys(this.#line.table));
    const hint = close === undefined ? '' : `; did you mean --${close}?`;
    this.problems.push(`--${name}: expected a known flag, got ${quoteRejected(`--${name}`)}${hint}`);
    if (!valueMayFollow) return;
    while (this.#next < this.#argv.length && !this.#argv[this.#next]!.startsWith('-')) this.#next++;
  }

  #refuseSingleDash(word: string): void {
    const [name = ''] = word.slice(1).split('=', 1);
    const hint = this.#knows(name) ? `; did you mean --${name}?` : '';
    this.problems.push(`expected flags of two dashes, got ${quoteRejected(`-${name}`)}${hint}`);
  }

  #refuseRest(): void {
    const rest = this.#argv.slice(this.#next);
    this.#next = this.#argv.length;
    if (this.#line.takesWords) this.words.push(...rest);
    else
      for (const word of rest) this.problems.push(`expected nothing after --, got the argument ${quoteRejected(word)}`);
  }

  #knows(name: string): boolean {
    return Object.hasOwn(this.#line.table, name);
  }

  #isFlag(word: string): boolean {
    return SPECIAL_WORDS.has(word) || (word.startsWith('--') && this.#knows(word.slice(2).split('=', 1)[0]!));
  }
}
