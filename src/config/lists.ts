// Lists and key=value lists of one flag: comma separated, repeated, or both, quoted as CSV where a comma belongs to a value.
import { maskSecrets } from './secrets.ts';
import { beginnings, isHeaderName, isUrl, type Kind } from './values.ts';

/** `A,B`; blanks around an entry do not belong to it. */
export const list: Kind<readonly string[]> = {
  label: 'a,b',
  expected: 'a comma separated list',
  read: splitCsv,
  show: (entries) => entries.join(','),
  merge: (earlier, later) => [...earlier, ...later],
};

/** `A,B`, each a header. */
export const headerNames: Kind<readonly string[]> = {
  ...list,
  expected: 'a comma separated list of header names',
  read(text) {
    const names = splitCsv(text);
    return names.every(isHeaderName) ? names : undefined;
  },
};

/** `A,B`, each one of the words. */
export function words<const T extends string>(known: readonly T[]): Kind<readonly T[]> {
  return {
    label: 'a,b',
    expected: `a comma separated list of ${known.join(', ')}`,
    read(text) {
      const found = splitCsv(text).map((entry) => known.find((word) => word === entry));
      return found.some((word) => word === undefined) ? undefined : (found as T[]);
    },
    show: (entries) => entries.join(','),
    merge: (earlier, later) => [...earlier, ...later],
  };
}

/**
 * `http://a/,https://b/`, absolute and as they were written; none switches the feature off. A comma belongs to a URL unless
 * another URL follows it: to KServe's agent the whole text is one URL.
 */
export function urls(schemes: readonly string[]): Kind<readonly string[]> {
  return {
    label: 'url,url2',
    expected: `a comma separated list of URLs that begin with ${beginnings(schemes)} and go on with a host or a bucket`,
    read(text) {
      const addresses = text.split(/,(?=\s*[a-z][a-z\d+.-]*:\/\/)/i).map((address) => address.trim());
      if (addresses.join('') === '') return [];
      return addresses.every((address) => isUrl(address, schemes) && !hasCommaInHost(address)) ? addresses : undefined;
    },
    show: (addresses) => addresses.map(maskSecrets).join(','),
    merge: (earlier, later) => [...earlier, ...later],
  };
}

/** `http://a,b`: most likely two of them. */
function hasCommaInHost(address: string): boolean {
  return new URL(address).host.includes(',');
}

/** `k=v,k2=v2`; the first `=` ends the key, so `team=a=b` is team: a=b. A piece without `=` continues the value before it. */
export const pairs: Kind<Readonly<Record<string, string>>> = {
  label: 'k=v,k2=v2',
  expected: 'a comma separated list of key=value',
  read: readPairs,
  show: (entries) =>
    Object.entries(entries)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
  merge: (earlier, later) => ({ ...earlier, ...later }),
};

/** Undefined: a key is missing. An unquoted comma inside a value happens: KServe joins annotations without quoting them. */
function readPairs(text: string): Readonly<Record<string, string>> | undefined {
  const found: [key: string, value: string][] = [];
  for (const piece of splitCsv(text)) {
    const equals = piece.indexOf('=');
    const last = found.at(-1);
    if (equals > 0) found.push([piece.slice(0, equals).trim(), piece.slice(equals + 1)]);
    else if (equals < 0 && last !== undefined) last[1] += `,${piece}`;
    else return undefined;
  }
  return Object.fromEntries(found);
}

function splitCsv(text: string): string[] {
  const pieces: string[] = [];
  // A piece in double quotes (a doubled one inside stands for itself), or everything up to the next comma.
  for (const [, quoted, bare] of `,${text}`.matchAll(/,(?:\s*"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*))/g)) {
    const piece = quoted === undefined ? (bare ?? '').trim() : quoted.replaceAll('""', '"');
    if (piece !== '') pieces.push(piece);
  }
  return pieces;
}
