// Can a store be listed with the credentials that are there? One key is enough; nothing is fetched, and nothing is written.
import type { StorageConfig } from '../config/storage-config.ts';
import { openSource } from '../storage/open-source.ts';
import { PullGround } from '../storage/pull-ground.ts';
import { readModelUri } from '../storage/uri/read-model-uri.ts';
import { type Finding, ok, problem } from './finding.ts';

/** Below the deadline of a check, so that the reason is told and not the deadline. */
const quick = { connectTimeoutMs: 3000, idleTimeoutMs: 4000, maxAttempts: 1 } as const;

const silence = 'its store does not answer in time; check its address and the network on the way there';

export interface StoreQuestion {
  /** As written; may hold secrets. */
  readonly uri: string;
  /** The same without. */
  readonly shown: string;
  readonly storage: StorageConfig;
  readonly signal: AbortSignal;
}

/** Whether something is there. @throws OutriggerError as openSource and list: their messages say what to do */
async function listOne({ uri, storage, signal }: StoreQuestion, onSetback: (reason: string) => void): Promise<boolean> {
  const s3 = { ...storage.s3, transfer: { ...storage.s3.transfer, ...quick } };
  const config = { ...storage, s3, transfer: { ...storage.transfer, ...quick } };
  await using ground = new PullGround();
  await using source = await openSource({ uri: readModelUri(uri), config, ground, signal, onSetback });
  for await (const page of source.store.list(signal)) {
    if (page.some(({ key }) => isMeant(key, source.path))) return true;
  }
  return false;
}

/** Of `a` never what is below `a-2/`. */
function isMeant(key: string, path: string): boolean {
  return path === '' || key === path || key.startsWith(`${path}/`);
}

/** `what`: names the place in a sentence. `empty`: what it means that nothing is there. */
export async function checkStore(
  question: StoreQuestion,
  { what, empty }: { readonly what: string; readonly empty: (text: string) => Finding },
): Promise<Finding> {
  let setback = '';
  try {
    const found = await listOne(question, (reason) => {
      setback = reason;
    });
    if (found) return ok(`${what}: its store can be listed`);
    return empty(`${what}: nothing is stored at ${question.shown}`);
  } catch (error) {
    if (question.signal.aborted) return problem(`${what}: ${setback === '' ? silence : setback}`);
    return problem(`${what}: ${(error as Error).message}`);
  }
}
