// What a store of one scheme is reached with: S3 has authorities and patience of its own.
import type { StorageConfig } from '../../config/storage-config.ts';
import type { ModelUri } from '../uri/model-uri.ts';

/** The same configuration, with `tls` and `transfer` as they are for this URI: what the HTTP client and the download go by. */
export function configFor({ scheme }: Pick<ModelUri, 'scheme'>, config: StorageConfig): StorageConfig {
  if (scheme !== 's3') return config;
  return { ...config, tls: config.s3.tls, transfer: { ...config.transfer, ...config.s3.transfer } };
}
