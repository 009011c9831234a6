// An IP address in any spelling, as numbers, and the IPv4 addresses that an IPv6 address stands for.
import { isIP, isIPv4 } from 'node:net';

export interface IpAddress {
  readonly family: 'ipv4' | 'ipv6';
  /** Canonical, without zone id and brackets. */
  readonly text: string;
  /** IPv4 addresses that packets to this one may end at; of an IPv4 address none. */
  readonly embedded: readonly string[];
  /** It is nothing but another spelling of the first of `embedded`: IPv4-mapped, or translated by a well-known NAT64. */
  readonly isOnlyEmbedded: boolean;
}

/**
 * `host`: also with brackets or zone id, and IPv4 as WHATWG URL reads it: 2130706433, 0x7f.1, 0177.0.0.1. Null: it is a name, or
 * nothing at all.
 */
export function readIpAddress(host: string): IpAddress | null {
  const bare = host.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  if (isIP(bare) === 6) return readIpv6(bare);
  // The parser turns every spelling that inet_aton takes into four decimal numbers.
  const name = /^[\w.-]+$/.test(bare) ? URL.parse(`http://${bare}/`)?.hostname : undefined;
  if (name === undefined || !isIPv4(name)) return null;
  return { family: 'ipv4', text: name, embedded: [], isOnlyEmbedded: false };
}

function readIpv6(bare: string): IpAddress {
  const text = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  const words = wordsOf(text);
  const [high, sameAddress] = embeddedIn(words);
  return { family: 'ipv6', text, embedded: high, isOnlyEmbedded: sameAddress };
}

/** Eight numbers of 16 bits. `text` is canonical: at most one "::", no dots. */
function wordsOf(text: string): readonly number[] {
  const [front = '', back] = text.split('::');
  const read = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16));
  const [before, after] = [read(front), read(back ?? '')];
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function embeddedIn(words: readonly number[]): [embedded: readonly string[], isOnlyEmbedded: boolean] {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = words;
  const last = dotted(g, h);
  if (a === 0x64 && b === 0xff9b && [c, d, e, f].every(isZero)) return [[last], true]; // RFC 6052
  if (a === 0x64 && b === 0xff9b && c === 1) return [translated(words), false]; // RFC 8215
  if (a === 0x2002) return [[dotted(b, c)], false]; // 6to4, RFC 3056
  if (a === 0x2001 && b === 0) return [[dotted(c, d), dotted(g ^ 0xffff, h ^ 0xffff)], false]; // Teredo, RFC 4380
  if (![a, b, c, d].every(isZero)) return [[], false];
  if (e === 0 && f === 0xffff) return [[last], true]; // mapped, RFC 4291
  if (e === 0xffff && f === 0) return [[last], false]; // translated, RFC 2765
  if (e === 0 && f === 0 && (g > 0 || h > 1)) return [[last], false]; // compatible, RFC 4291; neither :: nor ::1
  return [[], false];
}

/** RFC 6052 2.2: where the address stands depends on the length of the prefix, which only the network knows. */
function translated([, , , d = 0, e = 0, f = 0, g = 0, h = 0]: readonly number[]): readonly string[] {
  const bytes = [d, e, f, g, h].flatMap((word) => [word >> 8, word & 0xff]); // from bit 48 on; bits 64 to 71 are not used
  const at = (...places: readonly number[]): string => places.map((place) => bytes[place]).join('.');
  return [at(0, 1, 3, 4), at(1, 3, 4, 5), at(3, 4, 5, 6), at(6, 7, 8, 9)]; // prefixes of 48, 56, 64 and 96 bits
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

function isZero(word: number): boolean {
  return word === 0;
}
