// argv, environment and the exit code: 0 drained or pulled, 1 failed or cut short, 64 bad configuration.
import { explain } from './commands/explain.ts';
import { specialWord } from './config/argv.ts';
import { ConfigError } from './config/config-error.ts';
import { renderHelp } from './config/help.ts';
import { quoteRejected } from './config/secrets.ts';
import { version } from './version.ts';

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
  if (isSource(argv[0])) return runPull(argv);
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
    const got = quoteRejected(argv[0]);
    throw new ConfigError([`expected a flag, or one of the words dev and pull, got ${got}; see outrigger --help`]);
  }
  const { serve } = await import('./commands/serve.ts');
  return serve(argv);
}

/** KServe gives the image of its storage initializer no word before the pairs; of a mounted volume it names the path. */
function isSource(word: string | undefined): boolean {
  return word !== undefined && /^([a-z][a-z0-9+.-]*:\/\/|\/)/i.test(word);
}

async function runPull(argv: readonly string[]): Promise<number> {
  const { pull } = await import('./commands/pull.ts');
  return pull(argv);
}
