// What the list does not say of a large object: asked for before its first range, since its checksums decide what is computed.
import type { FetchFailure, HttpLane } from '../http/http-client.ts';
import type { RemoteStore, StoredObject, StoreRequest } from '../object-store.ts';
import { readRetryAfterMs, type Setback } from './attempt-verdict.ts';
import type { Recovery } from './recovery.ts';

export interface DescribeParts {
  readonly store: RemoteStore;
  readonly lane: HttpLane;
  readonly recovery: Recovery;
  readonly signal: AbortSignal;
}

/** @throws OutriggerError when the store goes on refusing */
export async function describeObject(object: StoredObject, parts: DescribeParts): Promise<StoredObject> {
  const { store, lane, recovery, signal } = parts;
  const counts = { failures: 0, renewals: 0 };
  while (!signal.aborted) {
    const request = await store.detailsRequest(object);
    if (request === null) return object;
    const answer = await headOf(lane, request, signal);
    if (answer.kind === 'details') return store.readDetails(object, answer.headers);
    // Gone or changed: the first range meets the same and says so.
    if (answer.kind === 'status' && (answer.status === 404 || answer.status === 412)) return object;
    await recovery.pause(answer, { counts, object });
  }
  return object;
}

type Details = { readonly kind: 'details'; readonly headers: ReadonlyMap<string, string> };

function headOf(lane: HttpLane, request: StoreRequest, signal: AbortSignal): Promise<Details | Setback> {
  return new Promise((resolve) => {
    let answer: Details | Setback | null = null;
    const aborted = (): void => {
      cancel();
      resolve({ kind: 'differs', text: 'interrupted' });
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
