// Which checks of the puller against real runtimes are there?
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '../compare.ts';
import { cacheFolder } from '../runtimes.ts';
import { checkKserve } from './kserve.ts';
import { checkMlserver } from './mlserver.ts';
import { ModelStores } from './stores.ts';
import { checkTriton } from './triton.ts';
import { checkTritonBudget } from './triton-budget.ts';

type Check = (folder: string, stores: ModelStores) => Promise<Verdict[]>;

export const pullerGroups: Readonly<Record<string, Check>> = {
  'puller triton': checkTriton,
  'puller triton budget': checkTritonBudget,
  'puller mlserver': checkMlserver,
  'puller kserve': checkKserve,
};

/** `folder`: an empty one. */
export async function checkPuller(name: string, folder: string): Promise<Verdict[]> {
  await using stores = await ModelStores.start(folder);
  return await pullerGroups[name]!(folder, stores);
}

/** Why none of them can run here; null: they can. */
export function whyNoPuller(): string | null {
  const lacking = ['minio', 'fake-gcs-server'].filter(
    (name) => !existsSync(join(cacheFolder(), 'stores', 'bin', name)),
  );
  return lacking.length === 0 ? null : `${lacking.join(' and ')} are not there: scripts/install-stores.sh builds them`;
}
