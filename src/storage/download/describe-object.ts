// What the list does not say of a large object: asked for before its first range, since its checksums decide what is computed.
import type { FetchFailure, HttpLane } from '../http/http-client.ts';
import { readRetryAfterMs } from '../http/retry-rules.ts';
import type { RemoteStore, StoredObject, StoreRequest } from '../object-store.ts';
import { judge, type Setback } from './attempt-verdict.ts';
import type { Recovery } from './recovery.ts';
import { whileWanted } from './while-wanted.ts';

export interface DescribeParts {
  readonly store: RemoteStore;
  readonly lane: HttpLane;
  readonly recovery: Recovery;
  readonly signal: AbortSignal;
}

/**
 * With the checksums that the store tells; the object as it was listed where it tells nothing, as to whom a policy or a gateway
 * allows no HEAD. Gone, changed or truly forbidden: the first range meets the same and says so.
 * @throws OutriggerError when the store goes on failing
 */
export async function describeObject(object: StoredObject, parts: DescribeParts): Promise<StoredObject> {
  const { store, lane, recovery, signal } = parts;
  const counts = { failures: 0, renewals: 0 };
  for (let renewed = false; !signal.aborted; ) {
    const request = await whileWanted(store.detailsRequest(object) ?? Promise.resolve(null), signal);
    if (request === null) return object;
    const answer = await headOf(lane, request, signal);
    if (answer.kind === 'details') return withChecksums(object, store.readDetails(object, answer.headers));
    const { kind } = judge(answer);
    if (answer.kind === 'status' && kind === 'renew' && !renewed && store.renew(object)) renewed = true;
    else if (answer.kind === 'status' && kind !== 'retry') return object;
    else if (!signal.aborted) await recovery.pause(answer, { counts, object });
  }
  return object;
}

/** Size and version stay those of the list: that another one answered is for the ranges to find out. */
function withChecksums(object: StoredObject, { checksums }: StoredObject): StoredObject {
  return { ...object, checksums };
}

type Details = { readonly kind: 'details'; readonly headers: ReadonlyMap<string, string> };

function headOf(lane: HttpLane, request: StoreRequest, signal: AbortSignal): Promise<Details | Setback> {
  return new Promise((resolve) => {
    let answer: Details | Setback | null = null;
    const aborted = (): void => {
      cancel();
      resolve({ kind: 'failure', failure: silent });
    };
    const cancel = lane.fetch(request, {
      head({ status, headers }) {
        const retryAfterMs = readRetryAfterMs(headers.get('retry-after'), Date.now());
        answer = status === 200 ? { kind: 'details', headers } : { kind: 'status', status, retryAfterMs, text: '' };
        return false;
      },
      bytes: () => undefined,
      ended(failure: FetchFailure | null) {
        signal.removeEventListener('abort', aborted);
        resolve(answer ?? { kind: 'failure', failure: failure ?? silent });
      },
    });
    signal.addEventListener('abort', aborted, { once: true });
  });
}

const silent: FetchFailure = { kind: 'protocol', message: 'the store sent no answer', cause: null };
