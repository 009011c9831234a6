// What the text of an option may look like, and the typed value it stands for: one kind of value each.
import { formatDuration, readDurationMs } from './duration.ts';
import { maskSecrets } from './secrets.ts';

type Shown = string | number | boolean;

export interface Kind<T> {
  /** Placeholder of --help, which is also the unit: `--port <port>`. */
  readonly label: string;
  /** Completes "expected ..." in a problem. */
  readonly expected: string;
  /** Undefined: the text is not of this kind. */
  read(text: string): T | undefined;
  /** The value as /status and --help print it, secrets masked. */
  show(value: T): Shown;
  /** A repeated flag adds to the earlier ones; without this the last one wins (pflag). */
  merge?(earlier: T, later: T): T;
  /** An empty environment variable is a value; for all other kinds it is as good as absent. */
  readonly emptyIsValue?: true;
  /** The flag alone means true. */
  readonly isSwitch?: true;
}

/** Any text, kept as it is: names, paths, and `--source-uri`, which KServe fills with a bare pod name. */
export function text(label: string): Kind<string> {
  return { label, expected: 'a text', read: (given) => given, show: maskSecrets, emptyIsValue: true };
}

/** An address to bind; "" = all interfaces. Brackets of IPv6 are accepted and dropped, as node:net wants none. */
export const bindAddress: Kind<string> = {
  label: 'address',
  expected: 'an IP address, a host name, or nothing for all interfaces',
  read(given) {
    const bare = given.trim().replace(/^\[(.*)\]$/, '$1');
    return /^[\w.:%-]*$/.test(bare) ? bare : undefined;
  },
  show: (value) => value,
  emptyIsValue: true,
};

export function integer(range: { readonly min?: number; readonly max?: number; readonly unit: string }): Kind<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER, unit } = range;
  return {
    label: unit,
    expected: expectedInteger(range),
    read(given) {
      const value = /^[+-]?\d{1,15}$/.test(given.trim()) ? Number(given) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    },
    show: (value) => value,
  };
}

function expectedInteger(range: { readonly min?: number; readonly max?: number }): string {
  if (range.min === undefined) return 'an integer';
  return range.max === undefined ? `an integer >= ${range.min}` : `an integer from ${range.min} to ${range.max}`;
}

/** A part of the whole. */
export const fraction: Kind<number> = {
  label: 'number',
  expected: 'a number from 0 to 1, such as 0.25',
  read(given) {
    const value = /^\+?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i.test(given.trim()) ? Number(given) : Number.NaN;
    return value >= 0 && value <= 1 ? value : undefined;
  },
  show: (value) => value,
};

/** A TCP port; with `zero` the port 0 too, whose meaning (any free port, off) the option's sentence tells. */
export function port(zero: 'zero' | 'not zero' = 'not zero'): Kind<number> {
  const min = zero === 'zero' ? 0 : 1;
  const kind = integer({ min, max: 65_535, unit: 'port' });
  return { ...kind, expected: `a port from ${min} to 65535` };
}

/** The words that Go's strconv.ParseBool knows, as pflag does. */
const TRUE_WORDS = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE_WORDS = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

export const boolean: Kind<boolean> = {
  label: '',
  expected: 'true or false',
  read(given) {
    const word = given.trim();
    if (TRUE_WORDS.includes(word)) return true;
    return FALSE_WORDS.includes(word) ? false : undefined;
  },
  show: (value) => value,
  isSwitch: true,
};

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** A number of bytes, also as a Kubernetes quantity (`16Ki`, `64M`). */
export function bytes({ min }: { readonly min: number }): Kind<number> {
  return {
    label: 'bytes',
    expected: `a number of bytes >= ${min}, such as 16384, 16Ki or 64M`,
    read(given) {
      const match = /^\+?(\d{1,15})([kKMGTP]i?)?B?$/.exec(given.trim());
      const unit = BYTE_UNITS[match?.[2] ?? ''];
      const value = match === null || unit === undefined ? Number.NaN : Number(match[1]) * unit;
      return value >= min && value <= Number.MAX_SAFE_INTEGER ? value : undefined;
    },
    show: (value) => value,
  };
}

/** A Go duration, in milliseconds; `zero` where 0 has a meaning of its own, which the option's sentence tells. */
export function duration(zero: 'zero' | 'not zero' = 'not zero'): Kind<number> {
  const floor = zero === 'zero' ? '' : ' above 0';
  return {
    label: 'duration',
    expected: `a duration${floor}, at most 24 days, such as 500ms, 5s or 1m30s`,
    read(given) {
      const ms = readDurationMs(given.trim());
      return ms === undefined || (ms === 0 && zero === 'not zero') ? undefined : ms;
    },
    show: formatDuration,
  };
}

/** A token of RFC 9110 5.6.2: another word would never meet a header. */
export function isHeaderName(name: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name);
}

/** One header; "" = none. */
export const headerName: Kind<string> = {
  label: 'header',
  expected: 'the name of a header',
  read(given) {
    const name = given.trim();
    return name === '' || isHeaderName(name) ? name : undefined;
  },
  show: (value) => value,
};

export function choice<const T extends string>(words: readonly T[]): Kind<T> {
  return {
    label: words.join('|'),
    expected: `one of ${words.join(', ')}`,
    read: (given) => words.find((word) => word === given.trim()),
    show: (value) => value,
  };
}

/** An absolute URL with one of the schemes, as it was written; with `empty` also "", which switches its feature off. */
export function url(schemes: readonly string[], empty: 'empty' | 'not empty' = 'not empty'): Kind<string> {
  return {
    label: 'url',
    expected: `a URL that begins with ${beginnings(schemes)}`,
    read(given) {
      const address = given.trim();
      if (address === '') return empty === 'empty' ? '' : undefined;
      return isUrl(address, schemes) ? address : undefined;
    },
    show: maskSecrets,
  };
}

export function beginnings(schemes: readonly string[]): string {
  return schemes.map((scheme) => `${scheme}://`).join(', ');
}

export function isUrl(address: string, schemes: readonly string[]): boolean {
  const parsed = URL.parse(address);
  const known = parsed !== null && parsed.host !== '' && schemes.includes(parsed.protocol.slice(0, -1));
  return known && /^[^:]+:\/\//.test(address);
}
