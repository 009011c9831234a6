// What `outrigger pull` is told: pairs of a source and a folder, flags, and what the environment says of stores.
import { ConfigError } from './config-error.ts';
import { readGivenValues } from './given.ts';
import type { ValuesOf } from './option.ts';
import type { Environment } from './platform.ts';
import { pullOptions } from './pull-options.ts';
import { quoteRejected } from './secrets.ts';
import type { PullLimits, PullPatterns, StorageConfig } from './storage-config.ts';
import { readStorageEnvironment } from './storage-environment.ts';

export interface PullPair {
  readonly uri: string;
  readonly target: string;
}

export interface PullConfig {
  readonly pairs: readonly PullPair[]; // at least one
  readonly show: 'text' | 'json' | 'nothing';
  readonly verify: boolean;
  readonly storage: StorageConfig;
  readonly patterns: PullPatterns;
  readonly limits: PullLimits;
  readonly notices: readonly string[];
}

/** `argv`: behind the word `pull`. @throws ConfigError with every problem */
export function readPullConfig(argv: readonly string[], env: Environment): PullConfig {
  const flags = readGivenValues({ table: pullOptions, argv, env, takesWords: true });
  const { values, words, sources, notices } = flags;
  const storage = readStorageEnvironment(env, {
    allowAddresses: values['allow-addresses'],
    caFiles: values['store-ca-file'] === '' ? [] : [values['store-ca-file']],
    verifyTls: !values['store-tls-skip-verify'],
  });
  const { pairs, problems: unpaired } = readPairs(words);
  // Behind a flag that is not known, words may have been taken for its value: there are no pairs to judge then.
  const problems = [...(flags.problems.length === 0 ? unpaired : []), ...flags.problems, ...storage.problems];
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    pairs,
    show: values.json ? 'json' : values.quiet ? 'nothing' : 'text',
    verify: values.verify,
    storage: sources.has('store-connections')
      ? withConnections(storage.config, values['store-connections'])
      : storage.config,
    patterns: {
      allow: values['allow-patterns'].length > 0 ? values['allow-patterns'] : storage.patterns.allow,
      ignore: values['ignore-patterns'].length > 0 ? values['ignore-patterns'] : storage.patterns.ignore,
    },
    limits: limitsOf(values),
    notices: [...notices, ...storage.notices],
  };
}

function limitsOf(values: ValuesOf<typeof pullOptions>): PullLimits {
  return { maxFiles: values['max-files'], maxUnpackedBytes: values['max-unpacked-bytes'] };
}

/** The flag wins over S3_MAX_FILE_CONCURRENCY. */
function withConnections(config: StorageConfig, maxConnections: number): StorageConfig {
  const minConnections = Math.min(config.transfer.minConnections, maxConnections);
  const connections = { minConnections, maxConnections };
  const s3 = { ...config.s3, transfer: { ...config.s3.transfer, ...connections } };
  return { ...config, s3, transfer: { ...config.transfer, ...connections } };
}

/** `SOURCE FOLDER SOURCE FOLDER ...`, as KServe's storage initializer takes them. */
function readPairs(words: readonly string[]): { readonly pairs: PullPair[]; readonly problems: string[] } {
  const pairs: PullPair[] = [];
  for (let at = 0; at + 1 < words.length; at += 2) pairs.push({ uri: words[at]!, target: words[at + 1]! });
  if (words.length === 0)
    return { pairs, problems: ['pull: expected SOURCE FOLDER, got nothing; see outrigger pull --help'] };
  if (words.length % 2 === 0) return { pairs, problems: [] };
  const lonely = quoteRejected(words.at(-1)!);
  return { pairs, problems: [`pull: expected a folder after ${lonely}: each source has one`] };
}
