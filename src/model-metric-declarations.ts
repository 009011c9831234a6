// The metrics of models that the agent keeps: name, unit, labels, help. No label names a model: there may be thousands.
import { Counter, Gauge, Histogram } from './instruments.ts';

// From a small file of a store next door to hundreds of gigabytes.
const PULL_BUCKETS_S = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200];
// From a model that is only mapped to one that is compiled for its device.
const LOAD_BUCKETS_S = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

export function declareModels() {
  return {
    models: new Gauge({ name: 'outrigger_models', help: 'Models by state, as /models tells it.', labels: ['state'] }),
    settled: new Gauge({
      name: 'outrigger_models_settled',
      help: '1 when all models of the first models.json are loaded, idle or failed, else 0.',
    }),
    fileReads: new Counter({
      name: 'outrigger_models_file_reads_total',
      help: 'Times that models.json had changed and was read; broken: the last good one stays in force.',
      labels: ['result'],
    }),
    fileRefused: new Gauge({
      name: 'outrigger_models_file_refused',
      help: 'Entries of models.json that cannot be used.',
    }),
    runtimeUp: new Gauge({
      name: 'outrigger_runtime_up',
      help: '1 when the runtime takes orders to load models, else 0.',
    }),
    runtimeRestarts: new Counter({
      name: 'outrigger_runtime_restarts_total',
      help: 'Times that the runtime was found without models that it had loaded.',
    }),
  };
}

export function declareChanges() {
  return {
    pulls: new Counter({
      name: 'outrigger_model_pulls_total',
      help: 'Pulls of a model that ended; cancelled: something else was wanted meanwhile.',
      labels: ['result'],
    }),
    pullSeconds: new Histogram({
      name: 'outrigger_model_pull_duration_seconds',
      help: 'Time of a pull that went well, from its turn to the complete files.',
      buckets: PULL_BUCKETS_S,
    }),
    pulledBytes: new Counter({
      name: 'outrigger_model_pulled_bytes_total',
      help: 'Bytes that pulls which went well fetched from stores.',
    }),
    loads: new Counter({
      name: 'outrigger_model_loads_total',
      help: 'Orders to load a model that ended.',
      labels: ['result'],
    }),
    loadSeconds: new Histogram({
      name: 'outrigger_model_load_duration_seconds',
      help: 'Time that the runtime took to load a model.',
      buckets: LOAD_BUCKETS_S,
    }),
    unloads: new Counter({
      name: 'outrigger_model_unloads_total',
      help: 'Orders to unload a model that ended.',
      labels: ['result'],
    }),
    evictions: new Counter({
      name: 'outrigger_model_evictions_total',
      help: 'Models that had to go for others: unloaded from memory, or deleted from disk.',
      labels: ['from'],
    }),
  };
}

export function declareUse() {
  return {
    requests: new Counter({
      name: 'outrigger_model_requests_total',
      help: 'Requests for models that the agent keeps, by what became of them; not counted while all serve and there is no budget.',
      labels: ['outcome'],
    }),
    waiting: new Gauge({ name: 'outrigger_models_waiting', help: 'Requests that wait for their model.' }),
    memoryBytes: new Gauge({
      name: 'outrigger_model_memory_bytes',
      help: 'What loaded models count for under --model-memory-budget.',
    }),
    diskBytes: new Gauge({ name: 'outrigger_model_disk_bytes', help: 'Bytes of models in --model-dir.' }),
  };
}
