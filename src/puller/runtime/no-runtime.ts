// A runtime that is not told of models: it watches the folder itself, or reads the files at each request.
import type { RuntimeApi } from './runtime-api.ts';

const done = async (): Promise<void> => undefined;

/** Files alone: a model counts as loaded as soon as it is linked. */
export const noRuntime: RuntimeApi = {
  swapsWithoutGap: true,
  isUp: async () => true,
  serving: async () => null,
  isServing: async () => null,
  load: done,
  unload: done,
  [Symbol.asyncDispose]: done,
};
