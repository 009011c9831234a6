// Where a model comes from, ready to be listed: its store with what reaches it, borrowed from what all pulls share.
import type { TransferConfig } from '../config/storage-config.ts';
import { Disposal } from '../disposal.ts';
import type { HttpClient } from './http/http-client.ts';
import type { Borrowed, Lender } from './kept.ts';
import type { OnSetback, ReadableStore } from './object-store.ts';
import type { PullGround } from './pull-ground.ts';
import type { PullJob } from './pull-job.ts';
import { configFor } from './stores/config-for.ts';
import { openStore } from './stores/open-store.ts';
import type { ModelUri } from './uri/model-uri.ts';

export interface SourceParts {
  readonly uri: ModelUri;
  readonly config: PullJob['config'];
  readonly ground: PullGround;
  readonly signal: AbortSignal;
  readonly onSetback?: OnSetback;
}

export interface OpenSource extends AsyncDisposable {
  readonly store: ReadableStore;
  /** What the URI means among the store's keys. */
  readonly path: string;
  readonly http: HttpClient;
  /** As it is for this URI. */
  readonly transfer: TransferConfig;
  /** Something failed: nobody else gets these clients, which may hold what is no longer good (credentials, authorities). */
  distrust(): void;
}

/** @throws OutriggerError as openStore */
export async function openSource({ uri, config, ground, signal, onSetback }: SourceParts): Promise<OpenSource> {
  const own = configFor(uri, config);
  const opened = new Disposal();
  const borrowed: Borrowed<AsyncDisposable>[] = [];
  const noted = <Held extends Borrowed<AsyncDisposable>>(held: Held): Held => {
    borrowed.push(held);
    return held;
  };
  const lender: Lender = { borrow: async (key, open) => noted(await ground.kept.borrow(key, open)) };
  const distrust = (): void => {
    for (const held of borrowed) held.retire();
  };
  try {
    const { part: http } = opened.use(noted(await ground.http(own)));
    const { store, path } = await openStore({ uri, config, http, lender, signal, ...(onSetback && { onSetback }) });
    opened.use(store);
    const close = (): Promise<void> => opened[Symbol.asyncDispose]();
    return { store, path, http, transfer: own.transfer, distrust, [Symbol.asyncDispose]: close };
  } catch (error) {
    distrust();
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}
