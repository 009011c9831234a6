// Models in Azure Blob Storage: the official client lists, holds the credentials and signs, our own fetches the bytes.
import type { ContainerListBlobFlatSegmentResponse } from '@azure/storage-blob';
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
import { StoreCallFailure } from '../call-failure.ts';
import { listPath } from '../list-path.ts';
import { AzureApi, type AzureOptions } from './azure-api.ts';
import { readBlob, readProperties, withMd5 } from './azure-object.ts';
import { blobUrl } from './azure-place.ts';

/** Old enough for Azure Stack and azurite, new enough for everything that is asked for. */
const serviceVersion = '2021-12-02';

export interface AzureStoreOptions extends AzureOptions {
  /** Of one answer to a list: 1 to 5000, which is the default. */
  readonly pageRows?: number;
  readonly onSetback?: OnSetback | undefined;
  /** Of whom the credentials and connections are borrowed; default: they are this store's own. */
  readonly lender?: Lender | undefined;
}

/** @throws OutriggerError CONFIG_INVALID */
export async function openAzureStore(options: AzureStoreOptions): Promise<RemoteStore> {
  const { config, tls, proxy, transfer, lender = alone } = options;
  const settings = { uri: { ...options.uri, path: '' }, config, tls, proxy, transfer };
  const api = await lender.borrow(`azure ${JSON.stringify(settings)}`, () => AzureApi.open(settings));
  return new AzureStore(api, options);
}

class AzureStore implements RemoteStore {
  readonly kind = 'remote';
  /** The host is configured, or Azure's own, which has a private address behind Private Link. */
  readonly reach: Reach = 'anywhere';
  readonly #api: AzureApi;
  readonly #borrowed: Borrowed<AzureApi>;
  readonly #options: AzureStoreOptions;

  constructor(borrowed: Borrowed<AzureApi>, options: AzureStoreOptions) {
    this.#borrowed = borrowed;
    this.#api = borrowed.part;
    this.#options = options;
  }

  list(signal: AbortSignal): AsyncIterable<readonly StoredObject[]> {
    return listPath({
      path: this.#options.uri.path,
      look: (key, either) => this.look(key, either),
      pages: (prefix, either) => this.#pages(prefix, either),
      signal,
    });
  }

  async rangeRequest({ key, version }: StoredObject, range: ByteRange | null): Promise<StoreRequest> {
    const { access } = this.#api;
    const url = blobUrl(this.#api.url, key);
    url.search = access.query();
    const pinned = version === null ? [] : [['if-match', version] as const];
    try {
      const headers = [['x-ms-version', serviceVersion] as const, ...pinned, ...(await access.headers())];
      return { method: 'GET', url, headers, range };
    } catch (error) {
      throw error instanceof StoreCallFailure ? this.#api.named(error) : error;
    }
  }

  detailsRequest(): null {
    return null;
  }

  readDetails(object: StoredObject, headers: AnswerHeaders): StoredObject {
    return withMd5(object, headers);
  }

  async look(key: string, signal: AbortSignal): Promise<StoredObject | null> {
    const answer = await this.#api.read(
      (client, abortSignal) => client.getBlobClient(key).getProperties({ abortSignal }),
      { signal, missing: 'answer', onSetback: this.#options.onSetback },
    );
    return answer === null ? null : readProperties(key, answer);
  }

  renew(): boolean {
    return this.#api.access.renew();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#borrowed[Symbol.asyncDispose]();
  }

  async *#pages(prefix: string, signal: AbortSignal): AsyncGenerator<readonly StoredObject[]> {
    for (let marker: string | null = ''; marker !== null; ) {
      const page = await this.#page({ prefix, marker, signal });
      yield page.objects;
      marker = page.next;
    }
  }

  async #page({ prefix, marker, signal }: { prefix: string; marker: string; signal: AbortSignal }): Promise<Page> {
    const answer = await this.#api.read<ContainerListBlobFlatSegmentResponse | undefined>(
      async (client, abortSignal) => {
        // Folders of a hierarchical namespace are known by their metadata only.
        const blobs = client.listBlobsFlat({ prefix, includeMetadata: true, abortSignal });
        const from = marker === '' ? {} : { continuationToken: marker };
        return (await blobs.byPage({ maxPageSize: this.#options.pageRows ?? 5000, ...from }).next()).value;
      },
      { signal, missing: 'failure', onSetback: this.#options.onSetback },
    );
    const objects = (answer?.segment.blobItems ?? []).map(readBlob).filter((object) => object !== null);
    return { objects, next: answer?.continuationToken || null };
  }
}

interface Page {
  readonly objects: readonly StoredObject[];
  readonly next: string | null;
}
