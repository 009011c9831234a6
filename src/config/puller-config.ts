// The slice of models.json out of the options' values and the environment; null: no models are pulled.
import { join, resolve } from 'node:path';
import { readModelStores } from './model-stores.ts';
import type { OptionName } from './options.ts';
import type { Environment } from './platform.ts';
import { type ResolvedValues, RUNTIME_HOST } from './resolve.ts';
import type { ModelReadinessConfig, ModelRuntimeConfig, PullerConfig } from './slices.ts';

export interface PullerReading {
  readonly puller: PullerConfig | null;
  /** Also what is wrong with the environment's variables for stores. */
  readonly notices: readonly string[];
}

/** `given`: the options that somebody named. What the environment says of stores counts only when models are pulled. */
export function readPuller(
  values: ResolvedValues,
  { given, env }: { readonly given: ReadonlyMap<OptionName, unknown>; readonly env: Environment },
): PullerReading {
  if (!values['enable-puller']) return { puller: null, notices: [] };
  const { problems, notices, ...stores } = readModelStores(values, { given, env });
  const puller: PullerConfig = {
    modelsFile: join(resolve(values['config-dir']), 'models.json'),
    modelDir: resolve(values['model-dir']),
    maxPulls: values['model-pulls'],
    maxLoads: values['model-loads'],
    runtime: runtimeOf(values),
    readiness: readinessOf(values),
    retry: { firstMs: 1_000, maxMs: 60_000 },
    ownModels: values['own-models'],
    memoryBudgetBytes: values['model-memory-budget'] || null,
    diskBudgetBytes: values['model-disk-budget'] || null,
    waitMs: values['model-wait'],
    maxWaiting: values['model-waiting'],
    refreshMs: values['model-refresh-interval'] || null,
    ...stores,
  };
  // What the platform gives to all its pods must not keep the proxy from starting: models of that store will tell.
  return { puller, notices: [...problems, ...notices] };
}

function runtimeOf(values: ResolvedValues): ModelRuntimeConfig {
  const configFile = values['runtime-config-file'];
  return {
    kind: values['runtime-api'],
    host: RUNTIME_HOST,
    port: values['component-port'],
    managementPort: values['runtime-management-port'],
    configFile: configFile === '' ? '' : resolve(configFile),
    modelDir: values['runtime-model-dir'],
    loadTimeoutMs: values['model-load-timeout'],
    checkMs: values['runtime-check-interval'],
  };
}

function readinessOf(values: ResolvedValues): ModelReadinessConfig {
  return {
    attempts: values['model-ready-attempts'],
    timeoutMs: values['model-ready-timeout'] || null,
    onFailure: values['on-model-failure'],
  };
}
