// The options of `outrigger pull`.
import { list } from './lists.ts';
import { inGroup } from './option.ts';
import { storeOptions } from './store-options.ts';
import { boolean } from './values.ts';

export const pullOptions = {
  ...inGroup('Pulling', {
    json: { kind: boolean, default: false, sentence: 'Say everything as JSON lines on standard output.' },
    quiet: { kind: boolean, default: false, sentence: 'Say nothing but errors.' },
    verify: {
      kind: boolean,
      default: false,
      sentence: 'Fetch nothing; read every file that is there and compare it with what was pulled.',
    },
    'allow-patterns': {
      kind: list,
      default: [],
      defaultText: 'STORAGE_ALLOW_PATTERNS',
      sentence: 'Only files whose path below the source matches one of these (fnmatch).',
    },
    'ignore-patterns': {
      kind: list,
      default: [],
      defaultText: 'STORAGE_IGNORE_PATTERNS',
      sentence: 'No files whose path matches one of these.',
    },
  }),
  ...storeOptions,
};
