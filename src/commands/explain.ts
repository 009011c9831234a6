// What a command that failed says, to people and to Kubernetes, and the exit code: 64 for what is written wrongly, 1 for the rest.
import { ConfigError } from '../config/config-error.ts';
import { OutriggerError } from '../errors.ts';
import { leaveTerminationMessage } from './termination-message.ts';

const EX_USAGE = 64;

export function explain(error: unknown): number {
  if (error instanceof ConfigError) {
    leaveTerminationMessage(error.problems);
    process.stderr.write(error.problems.map((problem) => `outrigger: ${problem}\n`).join(''));
    return EX_USAGE;
  }
  leaveTerminationMessage([error instanceof Error ? error.message : String(error)]);
  const message =
    error instanceof OutriggerError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`outrigger: ${message}\n`);
  return error instanceof OutriggerError && error.code === 'CONFIG_INVALID' ? EX_USAGE : 1;
}
