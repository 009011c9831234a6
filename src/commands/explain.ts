// What a command that failed says, and the exit code: 64 for what is written wrongly, 1 for the rest.
import { ConfigError } from '../config/config-error.ts';
import { OutriggerError } from '../errors.ts';

const EX_USAGE = 64;

export function explain(error: unknown): number {
  if (error instanceof ConfigError) {
    process.stderr.write(error.problems.map((problem) => `outrigger: ${problem}\n`).join(''));
    return EX_USAGE;
  }
  const message =
    error instanceof OutriggerError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`outrigger: ${message}\n`);
  return error instanceof OutriggerError && error.code === 'CONFIG_INVALID' ? EX_USAGE : 1;
}
