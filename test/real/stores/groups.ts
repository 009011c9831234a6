// Which checks of real object stores are there, and what of scripts/install-stores.sh does each want?
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '../compare.ts';
import { cacheFolder } from '../runtimes.ts';
import { checkAzure } from './azure.ts';
import { checkAzurePulls } from './azure-pulls.ts';
import { checkBlobs } from './blob.ts';
import type { StoreSuite } from './claims.ts';
import { checkGcs } from './gcs.ts';
import { checkGcsPulls } from './gcs-pulls.ts';
import { checkS3 } from './s3.ts';
import { checkS3Pulls } from './s3-pulls.ts';

export interface StoreGroup {
  /** Binary in the cache; null: it comes with npm. */
  readonly needs: string | null;
  check(suite: StoreSuite): Promise<Verdict[]>;
}

export const storeGroups: Readonly<Record<string, StoreGroup>> = {
  s3: {
    needs: 'minio',
    check: async (suite) => [...(await checkS3(suite.folder)), ...(await checkS3Pulls(suite))],
  },
  gcs: {
    needs: 'fake-gcs-server',
    check: async (suite) => [...(await checkGcs(suite.folder)), ...(await checkGcsPulls(suite))],
  },
  azure: {
    needs: null,
    check: async (suite) => [...(await checkAzure()), ...(await checkAzurePulls(suite))],
  },
  'payload logs': { needs: 'minio', check: checkBlobs },
};

/** Why it cannot run here; null: it can. */
export function whyLeftOut({ needs }: StoreGroup): string | null {
  if (needs === null || existsSync(join(cacheFolder(), 'stores', 'bin', needs))) return null;
  return `${needs} is not there: scripts/install-stores.sh builds it, and says what it lacks`;
}
