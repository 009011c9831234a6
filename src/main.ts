// argv, environment and the exit code: 0 drained, pulled or healthy, 1 failed or cut short, 64 bad configuration.
import { explain } from './commands/explain.ts';
import { help } from './commands/help.ts';
import { readArgv } from './config/argv.ts';
import { renderCompletion } from './config/completion.ts';
import { ConfigError } from './config/config-error.ts';
import { topLevelWords } from './config/help-pages.ts';
import { options } from './config/options.ts';
import { quoteRejected } from './config/secrets.ts';
import { nearest } from './config/suggest.ts';
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
  const [word, ...rest] = argv;
  if (word === 'pull') return runPull(rest);
  if (isSource(word)) return runPull(argv);
  if (word === 'doctor') {
    const { doctor } = await import('./commands/doctor.ts');
    return doctor(rest);
  }
  if (word === 'help') return help(rest[0]);
  if (word === 'completion') {
    process.stdout.write(renderCompletion(rest[0]));
    return 0;
  }
  const { special, words } = readArgv(argv, { table: options, takesWords: true });
  if (special === 'help') return help(words[0]);
  if (special === 'version') {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  if (word === 'dev') {
    const { dev } = await import('./commands/dev.ts');
    return dev(rest);
  }
  if (word !== undefined && !word.startsWith('-')) throw unknownWord(word);
  const { serve } = await import('./commands/serve.ts');
  return serve(argv);
}

function unknownWord(word: string): ConfigError {
  const close = nearest(word, topLevelWords);
  const hint = close === undefined ? '; see outrigger --help' : `; did you mean ${close}?`;
  const expected = `expected a flag, or one of the words ${topLevelWords.join(', ')}`;
  return new ConfigError([`${expected}, got ${quoteRejected(word)}${hint}`]);
}

/** KServe gives the image of its storage initializer no word before the pairs; of a mounted volume it names the path. */
function isSource(word: string | undefined): boolean {
  return word !== undefined && /^([a-z][a-z0-9+.-]*:\/\/|\/)/i.test(word);
}

async function runPull(argv: readonly string[]): Promise<number> {
  const { pull } = await import('./commands/pull.ts');
  return pull(argv);
}
