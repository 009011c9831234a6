// A container of Azure Blob Storage that takes blobs, each whole or not at all.
import { createHash } from 'node:crypto';
import type { ContainerClient } from '@azure/storage-blob';
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

  async put(object: PutObject, signal: AbortSignal): Promise<'stored' | 'exists'> {
    try {
      return await this.#api.once((client) => upload(client, object, signal));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof StoreCallFailure)) throw error;
      const what = error.of === 'token' ? 'no access token' : 'not stored';
      if (error.of === 'storage' && error.status === 401) this.#api.access.renew(); // the next attempt has a new token
      throw new PutFailure(error.status, `${this.#api.place}: ${what} (${error.message})`, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api[Symbol.asyncDispose]();
  }
}

async function upload(client: ContainerClient, object: PutObject, signal: AbortSignal): Promise<'stored' | 'exists'> {
  const { key, body, contentType, ifAbsent } = object;
  // Azure refuses (400) bytes that have another MD5, and keeps it for whoever reads them.
  const md5 = createHash('md5').update(body).digest();
  try {
    await client.getBlockBlobClient(key).upload(body, body.length, {
      abortSignal: signal,
      blobHTTPHeaders: { blobContentType: contentType, blobContentMD5: md5 },
      transactionalContentMD5: md5,
      ...(ifAbsent ? { conditions: { ifNoneMatch: '*' } } : {}),
    });
    return 'stored';
  } catch (error) {
    // 409 alone says nothing: a container that is being deleted answers it, too.
    const { code, details } = error as { code?: unknown; details?: { errorCode?: unknown } };
    if (ifAbsent && [code, details?.errorCode].includes('BlobAlreadyExists')) return 'exists';
    throw error;
  }
}
