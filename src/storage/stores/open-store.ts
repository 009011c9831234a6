// The store that a model URI names; its client is loaded when the first such URI is met.
import type { StorageConfig } from '../../config/storage-config.ts';
import type { HttpClient } from '../http/http-client.ts';
import type { Lender } from '../kept.ts';
import type { OnSetback, ReadableStore } from '../object-store.ts';
import type { ModelUri } from '../uri/model-uri.ts';
import { configFor } from './config-for.ts';

export interface OpenStoreOptions {
  readonly uri: ModelUri;
  /** As it was read, for all schemes. */
  readonly config: StorageConfig;
  /** Opened with `configFor(uri, config)`. */
  readonly http: HttpClient;
  /** Of whom clients with their credentials are borrowed; default: they are the store's own. */
  readonly lender?: Lender;
  readonly signal: AbortSignal;
  readonly onSetback?: OnSetback;
}

export interface OpenedStore {
  readonly store: ReadableStore;
  /** Key or folder that the URI means among the store's keys; '': all of them. */
  readonly path: string;
}

/** @throws OutriggerError CONFIG_INVALID, STORE_DENIED, MODEL_NOT_FOUND (file) */
export async function openStore({
  uri,
  config,
  http,
  lender,
  signal,
  onSetback,
}: OpenStoreOptions): Promise<OpenedStore> {
  signal.throwIfAborted();
  const { tls, proxy } = config;
  const { transfer } = configFor(uri, config);
  const client = { tls, proxy, transfer, onSetback };
  switch (uri.scheme) {
    case 's3': {
      const { openS3Store } = await import('./s3/s3-store.ts');
      return { store: await openS3Store({ ...uri, config: config.s3, lender, http, ...client }), path: uri.path };
    }
    case 'gs': {
      const { openGcsStore } = await import('./gcs/gcs-store.ts');
      return { store: await openGcsStore({ ...uri, config: config.gcs, lender, ...client }), path: uri.path };
    }
    case 'azure': {
      const { openAzureStore } = await import('./azure/azure-store.ts');
      return { store: await openAzureStore({ uri, config: config.azure, lender, ...client }), path: uri.path };
    }
    case 'http': {
      const { openHttpStore } = await import('./http/http-store.ts');
      const store = openHttpStore({ url: uri.url, config: config.http, http, transfer, onSetback });
      return { store, path: store.path };
    }
    case 'hf': {
      const { openHuggingFaceStore } = await import('./hugging-face/hugging-face-store.ts');
      return {
        store: openHuggingFaceStore({ uri, config: config.huggingFace, http, transfer, onSetback }),
        path: uri.path,
      };
    }
    case 'file': {
      const { openFileStore } = await import('./file/file-store.ts');
      const store = await openFileStore({ path: uri.path });
      return { store, path: store.path };
    }
  }
}
