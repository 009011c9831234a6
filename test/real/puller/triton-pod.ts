// A pod with the real Triton, gone without a trace afterwards, however often it was killed.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Verdict } from '../compare.ts';
import { ModelPod } from './model-pod.ts';
import type { ModelStores } from './stores.ts';

const sharedMemory = '/dev/shm';

/** `folder`: an empty one of a name that no other run has. Triton runs, the agent not yet. */
export async function withTriton(
  folder: string,
  { env }: ModelStores,
  check: (pod: ModelPod) => Promise<Verdict[]>,
): Promise<Verdict[]> {
  const own = join(folder, 'triton');
  mkdirSync(own);
  // A Triton that is killed leaves its shared memory behind: that of this one is known by its name.
  const prefix = `${basename(join(folder, '..'))}-${basename(folder)}-`;
  const runtimeFlags = () => [`--backend-config=python,shm-region-prefix-name=${prefix}`];
  const pod = await ModelPod.make({ runtime: 'triton', folder: own, env, runtimeFlags });
  try {
    await pod.startRuntime();
    return await check(pod);
  } finally {
    await pod[Symbol.asyncDispose]();
    for (const left of readdirSync(sharedMemory)) if (left.startsWith(prefix)) rmSync(join(sharedMemory, left));
  }
}
