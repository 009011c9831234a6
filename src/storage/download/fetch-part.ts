// One attempt at a part: a request signed now, its bytes to their place.
import type { HttpLane } from '../http/http-client.ts';
import type { RemoteStore } from '../object-store.ts';
import type { Setback } from './attempt-verdict.ts';
import type { Part } from './part.ts';
import { RangeReceiver } from './range-receiver.ts';
import { whileWanted } from './while-wanted.ts';

export interface FetchPartParts {
  readonly lane: HttpLane;
  readonly part: Part;
  readonly store: RemoteStore;
  readonly maxUntoldBytes: number;
  readonly count: (bytes: number) => void;
  /** Resolves at once with null when it fires. */
  readonly signal: AbortSignal;
}

/** Null: the part is done, or nobody wants it any more. @throws OutriggerError when the store cannot sign the request */
export async function fetchPart(parts: FetchPartParts): Promise<Setback | null> {
  const { lane, part, store, maxUntoldBytes, count, signal } = parts;
  const { range } = part;
  const request = await whileWanted(store.rangeRequest(part.file.object, range), signal);
  if (request === null || signal.aborted || part.stale) return null;
  return new Promise((resolve) => {
    let cancel = (): void => undefined;
    const stop = (): void => cancel();
    const aborted = (): void => {
      stop();
      resolve(null);
    };
    const done = (setback: Setback | null): void => {
      signal.removeEventListener('abort', aborted);
      resolve(setback);
    };
    signal.addEventListener('abort', aborted, { once: true });
    cancel = lane.fetch(request, new RangeReceiver({ part, range, store, maxUntoldBytes, count, done, stop }));
  });
}
