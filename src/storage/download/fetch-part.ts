// One attempt at a part: a request signed now, its bytes to their place.
import type { HttpLane } from '../http/http-client.ts';
import type { RemoteStore, StoreRequest } from '../object-store.ts';
import type { Setback } from './attempt-verdict.ts';
import type { Ending } from './ending.ts';
import type { Part } from './part.ts';
import { RangeReceiver } from './range-receiver.ts';

export interface FetchPartParts {
  readonly lane: HttpLane;
  readonly part: Part;
  readonly store: RemoteStore;
  readonly maxUntoldBytes: number;
  readonly count: (bytes: number) => void;
  /** Resolves at once with null when it comes, whatever the store is doing. */
  readonly ending: Ending;
}

/** Null: the part is done, or nobody wants it any more. @throws OutriggerError when the store cannot sign the request */
export function fetchPart(parts: FetchPartParts): Promise<Setback | null> {
  const { lane, part, store, maxUntoldBytes, count, ending } = parts;
  const { range } = part;
  return new Promise((resolve, reject) => {
    let stop = (): void => undefined;
    const ended = (): void => {
      stop();
      resolve(null);
    };
    const done = (setback: Setback | null): void => {
      ending.delete(ended);
      resolve(setback);
    };
    const fetch = (request: StoreRequest): void => {
      if (ending.over || part.stale) {
        done(null);
        return;
      }
      const receiver = new RangeReceiver({ part, range, store, maxUntoldBytes, count, done, stop: () => stop() });
      stop = lane.fetch(request, receiver);
    };
    const refused = (error: unknown): void => {
      ending.delete(ended);
      reject(error);
    };
    ending.add(ended);
    store.rangeRequest(part.file.object, range).then(fetch).catch(refused);
  });
}
