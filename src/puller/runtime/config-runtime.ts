// What the runtimes that are told by a config file have in common: the file, the status calls, the mounts.
import type { ModelRuntimeConfig } from '../../config/slices.ts';
import { ConfigFile, type ConfigFormat } from './config-file.ts';
import { openRuntimeCalls, type RuntimeCalls } from './runtime-call.ts';
import { isThere } from './version-folders.ts';

export interface ConfigRuntimeParts {
  readonly calls: RuntimeCalls;
  readonly file: ConfigFile;
  /** As we see it. */
  readonly modelDir: string;
  /** The same folder as the runtime sees it. */
  readonly seenDir: string;
  readonly loadTimeoutMs: number;
}

interface Opening {
  readonly config: ModelRuntimeConfig;
  readonly modelDir: string;
  readonly format: ConfigFormat;
}

/** Opens no connection and reads no file yet. */
export function configRuntimeParts({ config, modelDir, format }: Opening): ConfigRuntimeParts {
  const mounts = { modelDir, seenDir: config.modelDir };
  const isKept = (name: string, basePath: string): Promise<boolean | null> => isThere(mounts, { name, basePath });
  const file = new ConfigFile({ path: config.configFile, format, isKept });
  return { ...mounts, calls: openRuntimeCalls(config), file, loadTimeoutMs: config.loadTimeoutMs };
}
