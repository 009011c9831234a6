// Models of the Hugging Face hub or of a mirror: hf://owner/model[:revision][/path].
import type { HuggingFaceConfig, TransferConfig } from '../../../config/storage-config.ts';
import { OutriggerError } from '../../../errors.ts';
import { reachOf } from '../../address/address-rule.ts';
import type { HttpClient } from '../../http/http-client.ts';
import type { ByteRange, OnSetback, Reach, RemoteStore, StoredObject, StoreRequest } from '../../object-store.ts';
import type { ModelUri } from '../../uri/model-uri.ts';
import { RetryingClient } from '../retrying-client.ts';
import { Hub } from './hub.ts';

export interface HuggingFaceStoreOptions {
  readonly uri: Extract<ModelUri, { readonly scheme: 'hf' }>;
  readonly config: HuggingFaceConfig;
  readonly http: HttpClient;
  readonly transfer: TransferConfig;
  readonly onSetback?: OnSetback | undefined;
}

/** Signed URLs have a kilobyte or more; those of files that are done are of no use. */
const maxLocations = 1_000;

export function openHuggingFaceStore(options: HuggingFaceStoreOptions): RemoteStore {
  return new HuggingFaceStore(options);
}

class HuggingFaceStore implements RemoteStore {
  readonly kind = 'remote';
  readonly reach: Reach;
  readonly #hub: Hub;
  readonly #client: RetryingClient;
  readonly #closed = new AbortController();
  #commit: Promise<string> | null = null;
  /** Of files by key: the hub redirects to signed URLs of other hosts, good for about an hour. */
  readonly #locations = new Map<string, Promise<StoreRequest>>();
  /** Keys whose location was refused once. */
  readonly #refused = new Set<string>();

  constructor({ uri, config, http, transfer, onSetback }: HuggingFaceStoreOptions) {
    const { hostname, host } = new URL(config.endpoint);
    this.reach = reachOf(hostname, { configured: config.endpointConfigured });
    this.#client = new RetryingClient({ http, reach: this.reach, transfer, onSetback });
    const { model, revision } = uri;
    const { endpoint, token } = config;
    this.#hub = new Hub({ endpoint, token, host, model, revision, client: this.#client });
  }

  async *list(signal: AbortSignal): AsyncGenerator<readonly StoredObject[]> {
    yield* this.#hub.files(await this.#findCommit(signal), signal);
  }

  /** Pinned by the commit: there is no other version of the file at that URL. */
  async rangeRequest({ key }: StoredObject, range: ByteRange | null): Promise<StoreRequest> {
    const location = this.#locations.get(key) ?? this.#locate(key);
    return { ...(await location), range };
  }

  detailsRequest(): null {
    return null;
  }

  /** ETag and length may be of how the hub keeps the file (xet, LFS); the list has named its content. */
  readDetails(object: StoredObject): StoredObject {
    return object;
  }

  /** A commit does not change. */
  async look(key: string, signal: AbortSignal): Promise<StoredObject | null> {
    for await (const page of this.list(signal)) {
      const object = page.find((candidate) => candidate.key === key);
      if (object !== undefined) return object;
    }
    return null;
  }

  /** The URL may have expired. The next one is asked for with more care, since it may also redirect. */
  renew({ key }: StoredObject): boolean {
    this.#refused.add(key);
    this.#locations.delete(key);
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new OutriggerError('PULL_CANCELLED', 'interrupted'));
    this.#client[Symbol.dispose]();
  }

  #findCommit(signal: AbortSignal): Promise<string> {
    const finding = this.#commit ?? this.#hub.findCommit(AbortSignal.any([signal, this.#closed.signal]));
    this.#commit = finding;
    finding.catch(() => {
      if (this.#commit === finding) this.#commit = null;
    });
    return finding;
  }

  /** Once for all connections that work on the file. */
  #locate(key: string): Promise<StoreRequest> {
    const { signal } = this.#closed;
    const locating = this.#findCommit(signal).then((commit) =>
      this.#hub.locate({ commit, key }, { signal, thorough: this.#refused.has(key) }),
    );
    locating.catch(() => this.#locations.delete(key));
    this.#locations.set(key, locating);
    const [oldest] = this.#locations.keys();
    if (this.#locations.size > maxLocations && oldest !== undefined) this.#locations.delete(oldest);
    return locating;
  }
}
