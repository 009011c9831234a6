// The S3 store as a test opens it against a server of its own, and the requests it signs, sent as they are.
import type { S3Config } from '../../../src/config/storage-config.ts';
import type { HttpClient } from '../../../src/storage/http/http-client.ts';
import type { RemoteStore, StoredObject, StoreRequest } from '../../../src/storage/object-store.ts';
import { openS3Store } from '../../../src/storage/stores/s3/s3-store.ts';
import { testAccount } from './s3-server.ts';
import { storeSettings } from './store-settings.ts';

export function s3Config(config: Partial<S3Config> = {}): S3Config {
  const { accessKeyId, secretAccessKey } = testAccount;
  return {
    endpoint: null,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey, sessionToken: null },
    anonymous: false,
    pathStyle: true,
    accelerate: false,
    tls: storeSettings.tls,
    webIdentity: null,
    stsEndpoint: null,
    ...config,
  };
}

export interface S3Opening {
  readonly url: string;
  readonly bucket?: string;
  readonly path?: string;
  readonly config?: Partial<S3Config>;
  readonly http?: HttpClient;
}

/** The bucket is `models`, the path the whole of it, unless told. */
export function openTestS3({ url, bucket = 'models', path = '', config, http }: S3Opening): Promise<RemoteStore> {
  const own = http === undefined ? {} : { http };
  return openS3Store({ ...storeSettings, bucket, path, config: s3Config({ endpoint: url, ...config }), ...own });
}

/** As our own HTTP client sends it: with the range, which no signature holds. */
export function send({ method, url, headers, range }: StoreRequest): Promise<Response> {
  const fields = new Headers(headers.map(([name, value]) => [name, value]));
  if (range !== null) fields.set('range', `bytes=${range.first}-${range.last}`);
  return fetch(url, { method, headers: fields });
}

export function s3ObjectOf(key: string, facts: Partial<StoredObject> = {}): StoredObject {
  const nothing = { version: null, checksums: {}, partBytes: null, ranges: true, contentEncoding: null };
  return { key, bytes: 1, ...nothing, ...facts };
}
