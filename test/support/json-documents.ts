// Random JSON arrays as clients write them, and what JSON.parse says of any text, to hold the byte scanner against.

const numbers = '0 -0 1 17 -1.5 0.1 3.141592653589793 1e400 -1E-7 2e+3 9223372036854775807 0.30000000000000004'.split(
  ' ',
);
const words = ['true', 'false', 'null', 'NaN', 'Infinity', '-Infinity', 'Inf', '-Inf'];
const strings = ['""', '"a"', '"],["', '"\\"]"', '"\\\\"', '"{\\u00e9,"', '"é"', '"NaN"', '"\\u005d \\/"'];
const spaces = ['', '', '', ' ', '\n', ' \t', '\r\n  '];

export interface Taste {
  readonly random: () => number;
  /** Only brackets and numbers. */
  readonly numbersOnly?: boolean;
  readonly maxLevels?: number;
  readonly maxElements?: number;
  readonly spaced?: boolean;
}

/** One array as text. */
export function randomArray(taste: Taste): string {
  const { random, maxLevels = 4, maxElements = 5 } = taste;
  const count = Math.floor(random() * (maxElements + 1));
  const blank = (): string => (taste.spaced === true ? pick(random, spaces) : '');
  const elements = Array.from({ length: count }, () =>
    maxLevels > 1 && random() < 0.4 ? randomArray({ ...taste, maxLevels: maxLevels - 1 }) : randomLeaf(taste),
  );
  return `[${blank()}${elements.join(`${blank()},${blank()}`)}${blank()}]`;
}

function randomLeaf(taste: Taste): string {
  const { random, numbersOnly = false, maxLevels = 4 } = taste;
  const kind = numbersOnly ? 0 : random();
  if (kind < 0.5) return pick(random, numbers);
  if (kind < 0.65) return pick(random, words);
  if (kind < 0.85 || maxLevels <= 1) return pick(random, strings);
  return `{${pick(random, strings)}:${randomArray({ ...taste, maxLevels: maxLevels - 1 })},"b": 1}`;
}

export function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

/** The value of a text whose bytes are taken as Latin-1, with NaN and the infinities as null; undefined when it is none. */
export function parseLoosely(text: Uint8Array | string): unknown {
  const source = typeof text === 'string' ? text : Buffer.from(text).toString('latin1');
  const strict = source.replaceAll(/"(?:[^"\\]|\\.)*"|-?Inf(?:inity)?|NaN/gs, (token) =>
    token.startsWith('"') ? token : 'null',
  );
  try {
    return JSON.parse(strict);
  } catch {
    return undefined;
  }
}

/** Scalars and objects at any depth, as ArrayScan counts them. */
export function countLeaves(value: unknown): number {
  return Array.isArray(value) ? value.reduce((sum: number, one) => sum + countLeaves(one), 0) : 1;
}

export function arrayDepth(value: unknown): number {
  return Array.isArray(value) ? 1 + Math.max(0, ...value.map(arrayDepth)) : 0;
}
