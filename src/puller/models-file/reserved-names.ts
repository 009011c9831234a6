// Names in the model folder that are the agent's own: a model of such a name would take the place of its file.
import { basename, dirname } from 'node:path';
import type { PullerConfig } from '../../config/slices.ts';
import type { WantedModels } from './wanted-model.ts';

/** The file that tells TF Serving or OVMS its models, and the draft of it. None where it lies elsewhere, or there is none. */
export function reservedNames({ modelDir, runtime }: Pick<PullerConfig, 'modelDir' | 'runtime'>): readonly string[] {
  const { configFile } = runtime;
  if (configFile === '' || dirname(configFile) !== modelDir) return [];
  return [basename(configFile), `${basename(configFile)}.new`];
}

/** Models of these names are refused. */
export function withoutReserved(wanted: WantedModels, reserved: readonly string[]): WantedModels {
  const taken = reserved.filter((name) => wanted.models.has(name));
  if (taken.length === 0) return wanted;
  return {
    ...wanted,
    models: new Map([...wanted.models].filter(([name]) => !taken.includes(name))),
    refused: [...wanted.refused, ...taken.map((name) => ({ name, reason: reasonFor(name) }))],
  };
}

function reasonFor(name: string): string {
  const remedy = 'give the model another name, or the file another place by --runtime-config-file';
  return `${JSON.stringify(name)}: modelName: expected another name than the runtime's config file has in --model-dir; ${remedy}`;
}
