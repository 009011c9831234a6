// The options of stores that models are pulled from: the same for the agent and for `outrigger pull`.
import { addresses } from './addresses.ts';
import { inGroup } from './option.ts';
import { boolean, bytes, integer, text } from './values.ts';

const GIBI = 1_073_741_824;

export const storeOptions = inGroup('Stores', {
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
    sentence: "Authorities (PEM) of the stores of models, besides the system's.",
  },
  'store-tls-skip-verify': { kind: boolean, default: false, sentence: 'Do not check their certificates.' },
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
});
