// Where is a container of Azure Blob Storage? Pure.
import type { AzureConfig } from '../../../config/storage-config.ts';
import type { ModelUri } from '../../uri/model-uri.ts';

export type AzureUri = Extract<ModelUri, { readonly scheme: 'azure' }>;

/** Without a slash at its end. A host of the URI is used as it is: sovereign clouds and DNS zones (`z01`) have their own. */
export function containerUrl({ host, container }: AzureUri, { serviceUrl }: AzureConfig): URL {
  const service = serviceUrl?.replace(/\/+$/, '') ?? `https://${host}`;
  return new URL(`${service}/${encodeURIComponent(container)}`);
}

export function blobUrl(container: URL, key: string): URL {
  return new URL(`${container.href}/${key.split('/').map(encodeURIComponent).join('/')}`);
}

/** For messages: never with a query, which may be a signature. */
export function shownContainer(container: URL): string {
  return `${container.origin}${container.pathname}`;
}
