// What `outrigger pull` is told: pairs of a source and a folder, flags, and what the environment says of stores.
import { ConfigError } from './config-error.ts';
import { readGivenValues } from './given.ts';
import { readModelStores } from './model-stores.ts';
import type { Environment } from './platform.ts';
import { pullOptions } from './pull-options.ts';
import { quoteRejected } from './secrets.ts';
import type { PullLimits, PullPatterns, StorageConfig } from './storage-config.ts';

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
  const stores = readModelStores(values, { given: sources, env });
  const { pairs, problems: unpaired } = readPairs(words);
  // Behind a flag that is not known, words may have been taken for its value: there are no pairs to judge then.
  const problems = [...(flags.problems.length === 0 ? unpaired : []), ...flags.problems, ...stores.problems];
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    pairs,
    show: values.json ? 'json' : values.quiet ? 'nothing' : 'text',
    verify: values.verify,
    storage: stores.storage,
    patterns: {
      allow: values['allow-patterns'].length > 0 ? values['allow-patterns'] : stores.patterns.allow,
      ignore: values['ignore-patterns'].length > 0 ? values['ignore-patterns'] : stores.patterns.ignore,
    },
    limits: stores.limits,
    notices: [...notices, ...stores.notices],
  };
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
