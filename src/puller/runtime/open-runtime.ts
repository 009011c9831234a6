// Which kind of runtime is told of models, and how: --runtime-api.
import type { ModelRuntimeConfig } from '../../config/slices.ts';
import { configRuntimeParts } from './config-runtime.ts';
import { noRuntime } from './no-runtime.ts';
import { ovmsConfig } from './ovms-config.ts';
import { OvmsRuntime } from './ovms-runtime.ts';
import type { RuntimeApi } from './runtime-api.ts';
import { openRuntimeCalls } from './runtime-call.ts';
import { tfservingConfig } from './tfserving-config.ts';
import { TfServingRuntime } from './tfserving-runtime.ts';
import { TorchServeRuntime } from './torchserve-runtime.ts';
import { openV2Runtime } from './v2-runtime.ts';

/**
 * Opens no connection and reads no file yet. `modelDir` is the model folder as we see it, `config.modelDir` as the runtime sees it.
 */
export function openRuntime(config: ModelRuntimeConfig, modelDir: string): RuntimeApi {
  switch (config.kind) {
    case 'v2':
      return openV2Runtime(config);
    case 'torchserve':
      return openTorchServe(config, modelDir);
    case 'tfserving':
      return new TfServingRuntime(configRuntimeParts({ config, modelDir, format: tfservingConfig }));
    case 'ovms':
      return new OvmsRuntime(configRuntimeParts({ config, modelDir, format: ovmsConfig }));
    case 'none':
      return noRuntime;
  }
}

function openTorchServe(config: ModelRuntimeConfig, modelDir: string): RuntimeApi {
  const { host, managementPort: port, modelDir: modelStore, loadTimeoutMs } = config;
  return new TorchServeRuntime({ calls: openRuntimeCalls({ host, port }), modelDir, modelStore, loadTimeoutMs });
}
