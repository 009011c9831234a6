// Defaults that depend on other options or on the platform: after this every option has its value.
import { join, resolve } from 'node:path';
import type { OptionValues } from './options.ts';
import type { Platform } from './platform.ts';

/** Containers of a pod share one network: the runtime is always here, but for `dev --upstream`. */
export const RUNTIME_HOST = '127.0.0.1';

const MEBI = 1_048_576;

export type ResolvedValues = { readonly [Name in keyof OptionValues]: NonNullable<OptionValues[Name]> };

export interface Surroundings {
  readonly platform: Platform;
  /** Standard output is a terminal: somebody reads the process log with their eyes. */
  readonly atTerminal: boolean;
}

export function resolveValues(values: OptionValues, { platform, atTerminal }: Surroundings): ResolvedValues {
  return {
    ...values,
    ...resolveDrain(values, platform),
    'component-grpc-port': values['component-grpc-port'] ?? values['component-port'],
    'container-concurrency': values['container-concurrency'] ?? platform.containerConcurrency,
    'log-level': values['log-level'] ?? platform.logLevel,
    'log-pretty': values['log-pretty'] ?? atTerminal,
    ...resolveLogBatches(values),
    ...resolveModelRuntime(values),
    'source-uri': values['source-uri'] ?? `http://localhost:${values.port}/`,
  };
}

type LogBatchValues = Pick<ResolvedValues, 'log-batch-size' | 'log-batch-bytes' | 'log-batch-interval'>;

/** Objects of a store are batched when somebody asks for it, as by KServe's agent; --log-format=batched asks for it. */
function resolveLogBatches(values: OptionValues): LogBatchValues {
  const batched = values['log-format'] === 'batched';
  return {
    'log-batch-size': values['log-batch-size'] ?? (batched ? 100 : 1),
    'log-batch-bytes': values['log-batch-bytes'] ?? MEBI,
    'log-batch-interval': values['log-batch-interval'] ?? (batched ? 10 : 0),
  };
}

type ModelRuntimeValues = Pick<ResolvedValues, 'runtime-management-port' | 'runtime-config-file' | 'runtime-model-dir'>;

/** TorchServe's management API has a port of its own; its default is the same everywhere (torchserve: management_address). */
function resolveModelRuntime(values: OptionValues): ModelRuntimeValues {
  const { 'runtime-api': api, 'model-dir': modelDir } = values;
  const byDefault = { tfserving: join(modelDir, 'models.config'), ovms: join(modelDir, 'config.json') };
  const configFile = api === 'tfserving' || api === 'ovms' ? byDefault[api] : '';
  return {
    'runtime-management-port':
      values['runtime-management-port'] ?? (api === 'torchserve' ? 8081 : values['component-port']),
    'runtime-config-file': values['runtime-config-file'] || configFile,
    'runtime-model-dir': values['runtime-model-dir'] || resolve(modelDir),
  };
}

type DrainValues = Pick<ResolvedValues, 'drain-min-wait' | 'drain-quiet-period' | 'drain-max-wait'>;

/**
 * Behind queue-proxy, which drains by itself and may send requests until it is gone, Knative's own 30 s of quiet, within
 * the revision's timeout, which is the pod's grace period there. Else Kubernetes' default grace period of 30 s is the
 * measure: 5 s for endpoints to be updated everywhere, and an end in time to say what was cut.
 */
function resolveDrain(values: OptionValues, { knative, revisionTimeoutMs }: Platform): DrainValues {
  const maxWaitMs = values['drain-max-wait'] ?? (knative ? revisionTimeoutMs : 25_000);
  const minWaitMs = knative ? 0 : 5_000;
  return {
    'drain-min-wait': values['drain-min-wait'] ?? Math.min(minWaitMs, maxWaitMs),
    'drain-quiet-period': values['drain-quiet-period'] ?? (knative ? 30_000 : 2_000),
    'drain-max-wait': maxWaitMs,
  };
}
