// Models in Google Cloud Storage: the official library holds the credentials, its JSON API lists, our own client fetches the bytes.
import { OutriggerError } from '../../../errors.ts';
import { alone, type Borrowed, type Lender } from '../../kept.ts';
import type {
  AnswerHeaders,
  ByteRange,
  OnSetback,
  Reach,
  RemoteStore,
  StoredObject,
  StoreRequest,
} from '../../object-store.ts';
import { listPath } from '../list-path.ts';
import { GcsApi, type GcsOptions } from './gcs-api.ts';
import { objectFields, readObject, readPage, withHashes } from './gcs-object.ts';

export interface GcsStoreOptions extends GcsOptions {
  readonly path: string;
  readonly onSetback?: OnSetback | undefined;
  /** Of whom the credentials and connections are borrowed; default: they are this store's own. */
  readonly lender?: Lender | undefined;
}

/** @throws OutriggerError CONFIG_INVALID, STORE_DENIED: the key file is unusable */
export async function openGcsStore(options: GcsStoreOptions): Promise<RemoteStore> {
  const { bucket, config, tls, proxy, transfer, lender = alone } = options;
  const settings = { bucket, config, tls, proxy, transfer };
  const api = await lender.borrow(`gs ${JSON.stringify(settings)}`, () => GcsApi.open(settings, 'read_only'));
  return new GcsStore(api, options);
}

class GcsStore implements RemoteStore {
  readonly kind = 'remote';
  /** The host is configured, or Google's own, which has a private address behind Private Service Connect. */
  readonly reach: Reach = 'anywhere';
  readonly #api: GcsApi;
  readonly #borrowed: Borrowed<GcsApi>;
  readonly #options: Pick<GcsStoreOptions, 'path' | 'onSetback'>;
  readonly #objects: string; // of the API

  constructor(borrowed: Borrowed<GcsApi>, options: GcsStoreOptions) {
    this.#borrowed = borrowed;
    this.#api = borrowed.part;
    this.#options = options;
    this.#objects = `/storage/v1/b/${encodeURIComponent(this.#api.bucket)}/o`;
  }

  list(signal: AbortSignal): AsyncIterable<readonly StoredObject[]> {
    return listPath({
      path: this.#options.path,
      look: (key, either) => this.look(key, either),
      pages: (prefix, either) => this.#pages(prefix, either),
      signal,
    });
  }

  /**
   * The generation pins it also where conditions are ignored (fake-gcs-server). `Accept-Encoding: gzip`: what is stored
   * compressed comes as it is stored, so that ranges and checksums are of the same bytes.
   */
  async rangeRequest(object: StoredObject, range: ByteRange | null): Promise<StoreRequest> {
    const url = new URL(`${this.#api.url}/download${this.#objects}/${encodeURIComponent(object.key)}`);
    url.searchParams.set('alt', 'media');
    if (object.version !== null) url.searchParams.set('generation', object.version);
    return { method: 'GET', url, headers: [...(await this.#api.authorization()), ['accept-encoding', 'gzip']], range };
  }

  detailsRequest(): null {
    return null;
  }

  readDetails(object: StoredObject, headers: AnswerHeaders): StoredObject {
    return withHashes(object, headers);
  }

  async look(key: string, signal: AbortSignal): Promise<StoredObject | null> {
    const path = `${this.#objects}/${encodeURIComponent(key)}`;
    const { onSetback } = this.#options;
    const answer = await this.#api.get({ path, query: { fields: objectFields }, signal, onSetback }, 'answer');
    return answer === null ? null : (readObject(answer) ?? this.#misunderstood('an object'));
  }

  renew(): boolean {
    return this.#api.dropToken();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#borrowed[Symbol.asyncDispose]();
  }

  async *#pages(prefix: string, signal: AbortSignal): AsyncGenerator<readonly StoredObject[]> {
    const query = { prefix, fields: `nextPageToken,items(${objectFields})` };
    for (let pageToken: string | null = ''; pageToken !== null; ) {
      const asked = pageToken === '' ? query : { ...query, pageToken };
      const { onSetback } = this.#options;
      const answer = await this.#api.get({ path: this.#objects, query: asked, signal, onSetback }, 'failure');
      const page = readPage(answer) ?? this.#misunderstood('a list');
      yield page.objects;
      pageToken = page.nextPageToken;
    }
  }

  #misunderstood(what: string): never {
    throw new OutriggerError('STORE_FAILED', `gs://${this.#api.bucket}: the answer to ${what} is none of the JSON API`);
  }
}
