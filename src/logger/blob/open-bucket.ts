// The bucket or container behind the URL of a sink, through the official client of its store.
import type { StorageConfig } from '../../config/storage-config.ts';
import { OutriggerError } from '../../errors.ts';
import type { WritableStore } from '../../storage/object-store.ts';
import { configFor } from '../../storage/stores/config-for.ts';
import type { ModelUri } from '../../storage/uri/model-uri.ts';
import { readModelUri } from '../../storage/uri/read-model-uri.ts';
import { redactUri } from '../../storage/uri/redact-uri.ts';

export type BucketUri = Extract<ModelUri, { scheme: 's3' | 'gs' | 'azure' }>;

/** @throws OutriggerError CONFIG_INVALID */
export function readBucketUri(url: string): BucketUri {
  const uri = readModelUri(url);
  if (uri.scheme === 's3' || uri.scheme === 'gs' || uri.scheme === 'azure') return uri;
  throw new OutriggerError('CONFIG_INVALID', `--log-url: no store takes objects at ${redactUri(url)}`);
}

/** Its client is loaded with the first one. @throws OutriggerError CONFIG_INVALID, STORE_DENIED: a file of the configuration is unusable */
export async function openBucket(uri: BucketUri, storage: StorageConfig): Promise<WritableStore> {
  const { s3, gcs, azure, tls, proxy } = storage;
  const client = { tls, proxy, transfer: configFor(uri, storage).transfer };
  switch (uri.scheme) {
    case 's3': {
      const { openS3Bucket } = await import('../../storage/stores/s3/s3-bucket.ts');
      return openS3Bucket({ bucket: uri.bucket, config: s3, ...client });
    }
    case 'gs': {
      const { openGcsBucket } = await import('../../storage/stores/gcs/gcs-bucket.ts');
      return openGcsBucket({ bucket: uri.bucket, config: gcs, ...client });
    }
    case 'azure': {
      const { openAzureContainer } = await import('../../storage/stores/azure/azure-container.ts');
      return openAzureContainer({ uri, config: azure, ...client });
    }
  }
}
