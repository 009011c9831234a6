// Which URLs are sinks that take CloudEvents, which are object stores, and what each of them is called in metrics and in the log.
import { isAzureBlobHost } from '../azure-host.ts';
import { maskSecrets } from './secrets.ts';
import type { SinkConfig } from './slices.ts';

/**
 * In their order; two spellings of one URL are one sink. Labels have no secrets and are never the same: of two sinks that differ
 * only in user part or query, the second is `…#2`.
 */
export function readSinks(urls: readonly string[]): SinkConfig[] {
  const timesSeen = new Map<string, number>();
  return [...new Set(urls.map(addressOf))].map((url) => {
    const label = labelOf(url);
    const times = (timesSeen.get(label) ?? 0) + 1;
    timesSeen.set(label, times);
    return { kind: isStore(url) ? 'store' : 'http', url, label: times === 1 ? label : `${label}#${times}` };
  });
}

/** Azure Blob Storage is one by its host, too: nothing there takes CloudEvents. */
export function isStore(url: string): boolean {
  return !/^https?:/i.test(url) || isAzureBlobHost(new URL(url).hostname);
}

/** The URL in the one spelling that all its spellings have in common; a fragment is never sent. Keys of stores are as written. */
export function addressOf(url: string): string {
  if (isStore(url)) return url.replace(/^[^:]*/, (scheme) => scheme.toLowerCase()).replace(/\/+$/, '');
  const parsed = new URL(url);
  parsed.hash = '';
  return parsed.href;
}

function labelOf(url: string): string {
  if (!isStore(url)) {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  }
  // In keys of S3 and GCS a "?" is as good as any character; elsewhere a signature follows it.
  return /^(s3|gs):/.test(url) ? maskSecrets(url) : maskSecrets(url.replace(/[?#].*$/s, ''));
}
