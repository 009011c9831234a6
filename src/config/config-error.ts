// What a wrong configuration throws: all of its problems at once.
import { OutriggerError } from '../errors.ts';

/** Code CONFIG_INVALID; main prints the problems, one a line, and exits 64 (EX_USAGE). */
export class ConfigError extends OutriggerError {
  /** Each `--flag: expected ..., got "..."`, or with the variable's name in place of the flag; secrets masked. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('CONFIG_INVALID', problems.join('\n'));
    this.problems = problems;
  }
}
