// A bucket of Google Cloud Storage that takes objects, each whole or not at all.
import { createHash, randomUUID } from 'node:crypto';
import { PutFailure, type PutObject, type WritableStore } from '../../object-store.ts';
import { StoreCallFailure } from '../call-failure.ts';
import { GcsApi, type GcsOptions } from './gcs-api.ts';

/** @throws OutriggerError CONFIG_INVALID, STORE_DENIED: the key file is unusable */
export async function openGcsBucket(options: GcsOptions): Promise<WritableStore> {
  return new GcsBucket(await GcsApi.open(options, 'read_write'));
}

class GcsBucket implements WritableStore {
  readonly #api: GcsApi;

  constructor(api: GcsApi) {
    this.#api = api;
  }

  async put(object: PutObject, signal: AbortSignal): Promise<'stored' | 'exists'> {
    const path = `/upload/storage/v1/b/${encodeURIComponent(this.#api.bucket)}/o`;
    const condition = object.ifAbsent ? { ifGenerationMatch: '0' } : {};
    const query = { uploadType: 'multipart', fields: 'generation', ...condition };
    try {
      await this.#api.call({ method: 'POST', path, query, ...multipart(object), signal });
      return 'stored';
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof StoreCallFailure)) throw error;
      if (object.ifAbsent && error.of === 'storage' && error.status === 412) return 'exists';
      const what = error.of === 'token' ? 'no access token' : 'not stored';
      if (error.of === 'storage' && error.status === 401) this.#api.dropToken(); // the next attempt has a new one
      throw new PutFailure(error.status, `gs://${this.#api.bucket}: ${what} (${error.message})`, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api[Symbol.asyncDispose]();
  }
}

/** Description and bytes in one request: the store refuses (400) bytes that have another MD5 than they are said to have. */
function multipart({ key, body, contentType }: PutObject): { contentType: string; body: Uint8Array<ArrayBuffer> } {
  const boundary = randomUUID();
  const description = JSON.stringify({
    name: key,
    contentType,
    md5Hash: createHash('md5').update(body).digest('base64'),
  });
  const head = `--${boundary}\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${description}\r\n`;
  const middle = `--${boundary}\r\ncontent-type: ${contentType}\r\n\r\n`;
  return {
    contentType: `multipart/related; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(head + middle), body, Buffer.from(`\r\n--${boundary}--`)]),
  };
}
