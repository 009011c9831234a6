// What --help and `outrigger help` print: a short page first, each command's own, and the whole table by groups.
import { ConfigError } from './config-error.ts';
import { groupNames, helpRow, namesOf } from './help.ts';
import { Layout, type Row } from './layout.ts';
import { environmentName, type OptionTable } from './option.ts';
import { type OptionName, options } from './options.ts';
import { pullOptions } from './pull-options.ts';
import { quoteRejected } from './secrets.ts';
import { nearest } from './suggest.ts';

/** What most people set; the rest is for `--help all`. */
const firstOptions: readonly OptionName[] = [
  'component-port',
  'component-grpc-port',
  'port',
  'enable-batcher',
  'max-batchsize',
  'max-latency',
  'log-url',
  'enable-puller',
  'config-dir',
  'model-dir',
];

const commands: readonly Row[] = [
  ['outrigger [flags]', 'stand in front of the runtime at --component-port'],
  ['outrigger dev [flags]', 'try it: with a runtime of its own, or before yours (--upstream URL)'],
  ['outrigger doctor [flags]', 'look at everything that these flags need, and say what is wrong'],
  ['outrigger pull SOURCE FOLDER', 'fetch a model from a store'],
  ['outrigger help [WORD]', 'more of a group or a command: help batching, help pull'],
  ['outrigger completion SHELL', 'for bash, zsh or fish: source <(outrigger completion bash)'],
];

/** What may stand in place of flags. */
export const topLevelWords = ['dev', 'doctor', 'pull', 'help', 'completion'] as const;

/** Beside those of the agent. */
export const devFlags: readonly Row[] = [
  ['--upstream <url>', 'The runtime to stand in front of, such as http://127.0.0.1:8000; a port alone will do.'],
  ['--upstream-grpc <url>', 'Where it speaks gRPC, if that is another port.'],
  [
    '--model <name=uri>',
    'A model to serve, from any store or from a file or folder here; repeat it for more. They take the place of ' +
      "digits. Before a runtime of yours it needs --model-dir, that runtime's repository of models.",
  ],
];

/** Beside those of the agent. */
export const doctorFlags: readonly Row[] = [['--json', 'The findings as one JSON object, for programs.']];

const specials: readonly Row[] = [
  ['-h, --help', 'This text; --help all has every flag, --help batching those of a group.'],
  ['--version', 'The version.'],
];

const rules =
  'Each flag is also an environment variable: --some-flag is OUTRIGGER_SOME_FLAG. Flags win. Durations are written as ' +
  '500ms, 5s or 1m30s. A switch is --flag, --flag=false or --flag false.';

/** `columns`: of the terminal; 0: it does not say. */
export function renderHelp(columns = 0): string {
  return new Layout(columns)
    .paragraph(
      'Outrigger stands in front of one model runtime: it batches requests, logs them as events, and pulls models.',
    )
    .rows('Usage', commands)
    .rows('The flags that most people need', rowsOf(options, firstOptions))
    .rows('', specials)
    .lines('Examples', [
      'outrigger dev',
      'outrigger doctor --component-port 8000 --enable-batcher',
      'outrigger --component-port 8000 --component-grpc-port 8001 --enable-batcher',
      'outrigger pull s3://bucket/model ./model',
    ])
    .paragraph(rules)
    .toString();
}

export function renderWholeHelp(columns = 0): string {
  const page = new Layout(columns).rows('Usage', commands).paragraph(rules);
  return withGroups(page, options).rows('', specials).toString();
}

export function renderPullHelp(columns = 0): string {
  const page = new Layout(columns)
    .lines('Usage', ['outrigger pull SOURCE FOLDER [SOURCE FOLDER ...] [flags]'])
    .paragraph(
      'Fetches each model into its folder, over many connections, verified, whole or not at all. A second run fetches ' +
        'what has changed; after an interrupted one the next goes on where it was.',
    )
    .lines('SOURCE is', [
      's3://bucket/path',
      'gs://bucket/path',
      'https://account.blob.core.windows.net/container/path',
      'abfss://container@account.dfs.core.windows.net/path',
      'hf://owner/model[:revision]',
      'https://host/path/file',
      'file:///path   /path',
    ])
    .paragraph(
      'A source that is one .tar, .tar.gz, .tgz or .zip is unpacked. Credentials come from the environment, by the names ' +
        "of KServe and of each store's own client: docs/stores.md.",
    )
    .paragraph('Exit codes: 0 all is there, 1 it is not, 64 wrong usage, 130 and 143 interrupted: run it again.')
    .paragraph('Each flag is also an environment variable: --some-flag is OUTRIGGER_SOME_FLAG. Flags win.');
  return withGroups(page, pullOptions).rows('', plainSpecials).toString();
}

export function renderDevHelp(columns = 0): string {
  return new Layout(columns)
    .lines('Usage', ['outrigger dev [flags]', 'outrigger dev --upstream URL [flags]'])
    .paragraph(
      'The agent with everything on, for this machine alone: batching, events into a sink of its own, a page that shows ' +
        'every request. Without --upstream it brings a runtime (package onnxruntime-node) with one small model, digits.',
    )
    .rows('Flags of dev', devFlags)
    .lines('Examples', [
      'outrigger dev',
      'outrigger dev --model mine=./model.onnx',
      'outrigger dev --upstream http://127.0.0.1:8000 --upstream-grpc http://127.0.0.1:8001',
      'outrigger dev --upstream 8000 --model mine=s3://bucket/mine --model-dir /models',
    ])
    .paragraph('All flags of the agent work, too: outrigger --help all.')
    .toString();
}

export function renderDoctorHelp(columns = 0): string {
  return new Layout(columns)
    .lines('Usage', ['outrigger doctor [the same flags and environment as the agent] [--json]'])
    .paragraph(
      'Looks at everything that the agent would need, and starts nothing: flags and variables, this machine, ports, the ' +
        'runtime with its protocols and models, sinks of events, models.json and its stores, folders. Each finding is one ' +
        'line: ok, note, warning or problem, with what to do about it. No event is sent, no model is fetched.',
    )
    .rows('Flags of doctor', doctorFlags)
    .lines('Examples', [
      'outrigger doctor --component-port 8000 --enable-batcher',
      'kubectl exec POD -c agent -- outrigger doctor --enable-puller --config-dir /mnt/configs --model-dir /mnt/models',
    ])
    .paragraph('Exit codes: 0 no problem, 1 at least one, 64 the flags or variables are wrong.')
    .toString();
}

/**
 * `word`: `all`, a command, a flag with or without dashes, or a part of a group's title, as in `batching`.
 * @throws ConfigError: it is none of them
 */
export function renderHelpOn(word: string, columns = 0): string {
  const commandPages = { dev: renderDevHelp, pull: renderPullHelp, doctor: renderDoctorHelp, completion: renderHelp };
  const pages = { all: renderWholeHelp, ...commandPages };
  const wanted = word.toLowerCase();
  if (Object.hasOwn(pages, wanted)) return pages[wanted as keyof typeof pages](columns);
  const name = wanted.replace(/^--/, '');
  if (Object.hasOwn(options, name)) {
    const row: Row = ['in the environment', environmentName(name)];
    return new Layout(columns).rows('', [helpRow(options, name), row]).toString();
  }
  const groups = groupNames(options).filter((group) => group.toLowerCase().includes(name));
  if (groups.length > 0) return withGroups(new Layout(columns), options, groups).toString();
  const words = groupNames(options).flatMap((group) => group.toLowerCase().split(' '));
  const close = nearest(name, [...Object.keys(pages), ...Object.keys(options), ...words]);
  const known = [...Object.keys(pages), ...groupNames(options)].join('; '); // a comma is in one of their names
  const hint = close === undefined ? `; there are: ${known}` : `; did you mean ${close}?`;
  throw new ConfigError([`help: expected all, a command, a flag or a group, got ${quoteRejected(word)}${hint}`]);
}

const plainSpecials: readonly Row[] = [
  ['-h, --help', 'This text.'],
  ['--version', 'The version.'],
];

function withGroups(page: Layout, table: OptionTable, groups = groupNames(table)): Layout {
  for (const group of groups) page.rows(group, rowsOf(table, namesOf(table, group)));
  return page;
}

function rowsOf(table: OptionTable, names: readonly string[]): Row[] {
  return names.map((name) => helpRow(table, name));
}
