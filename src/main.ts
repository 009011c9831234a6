// argv, environment and the exit code: 0 drained or pulled, 1 failed or cut short, 64 bad configuration.
import { specialWord } from './config/argv.ts';
import { ConfigError } from './config/config-error.ts';
import { renderHelp, renderPullHelp } from './config/help.ts';
import { OutriggerError } from './errors.ts';
import { version } from './version.ts';

const EX_USAGE = 64;

/** A reader of stdout that stalls must not keep a process that is done: its last lines are given up then. */
const lastOutputMs = 1000;

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
  setTimeout(() => process.exit(code), lastOutputMs).unref();
});

async function main(argv: readonly string[]): Promise<number> {
  try {
    return await run(argv);
  } catch (error) {
    return explain(error);
  }
}

async function run(argv: readonly string[]): Promise<number> {
  if (argv[0] === 'pull') return runPull(argv.slice(1));
  const special = specialWord(argv);
  if (special !== null) {
    process.stdout.write(special === 'help' ? renderHelp() : `${version}\n`);
    return 0;
  }
  if (argv[0] === 'dev') {
    const { dev } = await import('./commands/dev.ts');
    return dev(argv.slice(1));
  }
  if (argv[0] !== undefined && !argv[0].startsWith('-')) {
    throw new ConfigError([`${argv[0]}: expected a flag, or one of the words dev and pull; see outrigger --help`]);
  }
  const { serve } = await import('./commands/serve.ts');
  return serve(argv);
}

async function runPull(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(renderPullHelp());
    return 0;
  }
  const { pull } = await import('./commands/pull.ts');
  return pull(argv);
}

function explain(error: unknown): number {
  if (error instanceof ConfigError) {
    process.stderr.write(error.problems.map((problem) => `outrigger: ${problem}\n`).join(''));
    return EX_USAGE;
  }
  const message =
    error instanceof OutriggerError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`outrigger: ${message}\n`);
  return error instanceof OutriggerError && error.code === 'CONFIG_INVALID' ? EX_USAGE : 1;
}
