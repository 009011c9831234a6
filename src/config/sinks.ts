// Which URLs are sinks that take CloudEvents, and what each of them is called in metrics and in the log.
import type { SinkConfig } from './slices.ts';

/**
 * Those of http and https, in their order; two spellings of one URL are one sink. Labels have no secrets and are never
 * the same: of two sinks that differ only in user part or query, the second is `…#2`.
 */
export function readSinks(urls: readonly string[]): SinkConfig[] {
  const addresses = new Set(urls.filter((url) => !isStore(url)).map(addressOf));
  const timesSeen = new Map<string, number>();
  return [...addresses].map((url) => {
    const { protocol, host, pathname } = new URL(url);
    const label = `${protocol}//${host}${pathname}`;
    const times = (timesSeen.get(label) ?? 0) + 1;
    timesSeen.set(label, times);
    return { url, label: times === 1 ? label : `${label}#${times}` };
  });
}

export function isStore(url: string): boolean {
  return !/^https?:/i.test(url);
}

/** The URL in the one spelling that all its spellings have in common; a fragment is never sent. */
export function addressOf(url: string): string {
  const parsed = new URL(url);
  parsed.hash = '';
  return parsed.href;
}
