// The options of the batcher: when requests wait for each other, which ones may, how many, and what their callers see of it.
import { headerNames, list } from './lists.ts';
import { inGroup } from './option.ts';
import { boolean, bytes, choice, integer } from './values.ts';

export const batcherOptions = inGroup('Batching', {
  'enable-batcher': { kind: boolean, default: false, sentence: 'Send concurrent inference requests as one.' },
  'max-batchsize': { kind: integer({ min: 1, unit: 'rows' }), default: 32, sentence: 'Rows of one batch at most.' },
  'max-latency': {
    kind: integer({ min: 1, max: 2_147_483_647, unit: 'milliseconds' }),
    default: 5_000,
    sentence: 'Time that a request waits for others at most.',
  },
  'batch-policy': {
    kind: choice(['adaptive', 'window']),
    default: 'adaptive',
    sentence: '`adaptive`: wait only while it pays; `window`: until the batch is full or --max-latency is over.',
  },
  'batcher-response': {
    kind: choice(['runtime', 'kserve']),
    default: 'runtime',
    sentence: "Answers to V1 requests: as the runtime gives them, or as KServe's batcher does.",
  },
  'batcher-key-headers': {
    kind: headerNames,
    default: [],
    defaultText: 'all but those that only tell calls apart',
    sentence: 'Request headers that must be equal within a batch.',
  },
  'batcher-models': {
    kind: list,
    default: [],
    sentence: 'Models that may be batched although their runtime does not say so; `*` = all.',
  },
  'batcher-rerun': {
    kind: boolean,
    default: true,
    sentence: 'Send the requests of a failed batch once more, each alone; false for models with side effects.',
  },
  'batcher-header': {
    kind: boolean,
    default: false,
    sentence: 'Answers carry `outrigger-batch: rows=12;requests=5;wait-ms=1.8`.',
  },
  'batcher-max-body-bytes': {
    kind: bytes({ min: 1 }),
    default: 16_777_216,
    sentence: 'Size of a body; larger ones are not merged.',
  },
  'batcher-max-waiting-rows': {
    kind: integer({ min: 1, unit: 'rows' }),
    default: 65_536,
    sentence: 'Rows that wait at once, never below one batch; beyond: 503.',
  },
  'batcher-max-waiting-bytes': {
    kind: bytes({ min: 1 }),
    default: 268_435_456,
    sentence: 'Bytes of bodies held for requests not yet answered, never below one body; beyond: 503.',
  },
  'batcher-max-keys': {
    kind: integer({ min: 1, unit: 'keys' }),
    default: 1_024,
    sentence: 'Kinds of requests that wait apart because they cannot be merged with each other; beyond: 503.',
  },
});
