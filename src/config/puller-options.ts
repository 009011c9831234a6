// The options of models.json: where models come to lie, how the runtime is told of them, when they count as ready, what they may take.
import { inGroup } from './option.ts';
import { boolean, bytes, choice, duration, integer, port, text } from './values.ts';

const pullingOptions = {
  'enable-puller': {
    kind: boolean,
    default: false,
    sentence: 'Keep models as models.json names them: pull, load, exchange and remove them.',
  },
  'config-dir': { kind: text('folder'), default: '/mnt/configs', sentence: 'Folder that holds models.json.' },
  'model-dir': { kind: text('folder'), default: '/mnt/models', sentence: 'Folder that models are written to.' },
  'model-pulls': { kind: integer({ min: 1, max: 64, unit: 'models' }), default: 8, sentence: 'Models pulled at once.' },
  'model-refresh-interval': {
    kind: duration('zero'),
    default: 0,
    sentence: 'Time between two looks whether the files behind a URI have changed. 0 = never.',
  },
  'model-disk-budget': {
    kind: bytes({ min: 0 }),
    default: 0,
    sentence:
      'Size of the models in --model-dir; beyond, those of least use are deleted, and pulled again on request. 0 = any.',
  },
};

const runtimeOptions = {
  'runtime-api': {
    kind: choice(['v2', 'torchserve', 'tfserving', 'ovms', 'none']),
    default: 'v2',
    sentence:
      'How the runtime is told of models: the V2 repository API, its own one or its config file, or not at all.',
  },
  'runtime-management-port': {
    kind: port(),
    default: null,
    defaultText: '8081 with --runtime-api=torchserve, else --component-port',
    sentence: "The runtime's port for loading models.",
  },
  'runtime-config-file': {
    kind: text('file'),
    default: null,
    defaultText: 'models.config (tfserving) or config.json (ovms) in --model-dir',
    sentence: 'File in which TensorFlow Serving or OpenVINO Model Server finds its models; the agent writes it.',
  },
  'runtime-model-dir': {
    kind: text('folder'),
    default: null,
    defaultText: 'same as --model-dir',
    sentence: 'The folder of --model-dir as the runtime sees it, where that is mounted elsewhere.',
  },
  'runtime-check-interval': {
    kind: duration(),
    default: 10_000,
    sentence: 'Time between two looks whether the runtime was restarted and has to load its models again.',
  },
  'model-loads': { kind: integer({ min: 1, max: 64, unit: 'models' }), default: 4, sentence: 'Models loaded at once.' },
  'model-load-timeout': {
    kind: duration(),
    default: 600_000,
    sentence: 'Time that the runtime has for one load or unload; beyond, it is ordered again.',
  },
  'own-models': {
    kind: boolean,
    default: true,
    sentence: 'Refuse to load and unload models for clients (403): models.json alone says which there are.',
  },
  'model-memory-budget': {
    kind: bytes({ min: 0 }),
    default: 0,
    sentence: 'Memory of loaded models; beyond, those of least use are unloaded, and loaded again on request. 0 = any.',
  },
};

const readinessOptions = {
  'model-ready-attempts': {
    kind: integer({ min: 1, unit: 'attempts' }),
    default: 5,
    sentence:
      'Failed attempts after which a model of the first models.json holds up readiness no longer; it is tried on.',
  },
  'model-ready-timeout': {
    kind: duration('zero'),
    default: 1_800_000,
    sentence:
      'Time from the start, or the loss of a model by a restart of the runtime, after which that holds up readiness no longer. 0 = no limit.',
  },
  'on-model-failure': {
    kind: choice(['serve', 'unready', 'exit']),
    default: 'serve',
    sentence:
      'What a failed model of the first models.json means: ready with the others, unready until it is loaded, or the end (exit code 1).',
  },
  'model-wait': {
    kind: duration(),
    default: 30_000,
    sentence: 'Time that a request waits for its model where a budget has unloaded it; beyond: 503.',
  },
  'model-waiting': {
    kind: integer({ min: 1, unit: 'requests' }),
    default: 1_000,
    sentence: 'Requests that wait for models at once; beyond: 503.',
  },
};

export const pullerOptions = {
  ...inGroup('Pulling models', pullingOptions),
  ...inGroup('Loading models', { ...runtimeOptions, ...readinessOptions }),
};
