// A container of Azure Blob Storage that takes blobs, each whole or not at all.
import { createHash } from 'node:crypto';
import { PutFailure, type PutObject, type WritableStore } from '../../object-store.ts';
import { StoreCallFailure } from '../call-failure.ts';
import { AzureApi, type AzureOptions } from './azure-api.ts';

/** `uri.path` does not count: keys are of the container. @throws OutriggerError CONFIG_INVALID */
export async function openAzureContainer(options: AzureOptions): Promise<WritableStore> {
  return new AzureContainer(await AzureApi.open(options));
}

class AzureContainer implements WritableStore {
  readonly #api: AzureApi;

  constructor(api: AzureApi) {
    this.#api = api;
  }

  async put({ key, body, contentType }: PutObject, signal: AbortSignal): Promise<void> {
    // Azure refuses (400) bytes that have another MD5, and keeps it for whoever reads them.
    const md5 = createHash('md5').update(body).digest();
    const blobHTTPHeaders = { blobContentType: contentType, blobContentMD5: md5 };
    try {
      await this.#api.once((client) =>
        client
          .getBlockBlobClient(key)
          .upload(body, body.length, { abortSignal: signal, blobHTTPHeaders, transactionalContentMD5: md5 }),
      );
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof StoreCallFailure)) throw error;
      const what = error.of === 'token' ? 'no access token' : 'not stored';
      if (error.of === 'storage' && error.status === 401) this.#api.access.renew(); // the next attempt has a new token
      throw new PutFailure(error.status, `${this.#api.place}: ${what} (${error.message})`, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#api[Symbol.dispose]();
  }
}
