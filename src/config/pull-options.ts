// The options of `outrigger pull`, and those of stores that every user of them has.
import { addresses } from './addresses.ts';
import { list } from './lists.ts';
import { inGroup } from './option.ts';
import { boolean, bytes, integer, text } from './values.ts';

const GIBI = 1_073_741_824;

const storeOptions = inGroup(
  { group: 'Stores', effect: 'now' },
  {
    'store-connections': {
      kind: integer({ min: 1, max: 512, unit: 'connections' }),
      default: 64,
      sentence: 'Connections of one pull at most; it begins with 8 and adds more while they bring more.',
    },
    'allow-addresses': {
      kind: addresses,
      default: [],
      sentence: 'Addresses that models may come from though they are private, link-local or a metadata service.',
    },
    'store-ca-file': {
      kind: text('file'),
      default: '',
      sentence: "Authorities (PEM) of stores, besides the system's.",
    },
    'store-tls-skip-verify': { kind: boolean, default: false, sentence: 'Do not check the certificates of stores.' },
    'max-files': {
      kind: integer({ min: 1, unit: 'files' }),
      default: 100_000,
      sentence: 'Files of one model, or members of one archive; beyond: an error.',
    },
    'max-unpacked-bytes': {
      kind: bytes({ min: 1 }),
      default: 1024 * GIBI,
      sentence: 'Size of what is in one archive or compressed file, or of a file of untold size; beyond: an error.',
    },
  },
);

export const pullOptions = {
  ...inGroup(
    { group: 'Pulling', effect: 'now' },
    {
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
    },
  ),
  ...storeOptions,
};
