// The fixed words of a request line: which of the plain methods begins here, and does a word stand here in full?
import { incomplete, unusual } from './heads.ts';

const methods = ['POST', 'GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Methods of the plain lane with the SP behind them, by their first byte. */
const methodsByFirst: readonly (readonly string[])[] = Array.from({ length: 256 }, (_, byte) =>
  methods.filter((method) => method.charCodeAt(0) === byte).map((method) => `${method} `),
);

/** How `bytes[start, end)` begins: with the whole word, with as much of it as is there, or otherwise. */
export function matchWord(bytes: Uint8Array, start: number, end: number, word: string): 'whole' | 'part' | 'none' {
  const length = Math.min(word.length, end - start);
  for (let i = 0; i < length; i++) {
    if (bytes[start + i] !== word.charCodeAt(i)) return 'none';
  }
  return length === word.length ? 'whole' : 'part';
}

/** The method that begins a request line and has a SP behind it, which is not part of the result; else `incomplete` or `unusual`. */
export function findMethod(bytes: Uint8Array, start: number, end: number): string {
  if (start >= end) return incomplete;
  for (const word of methodsByFirst[bytes[start] as number] as readonly string[]) {
    const found = matchWord(bytes, start, end, word);
    if (found === 'whole') return methodOf.get(word) as string;
    if (found === 'part') return incomplete;
  }
  return unusual;
}

const methodOf = new Map(methods.map((method) => [`${method} `, method]));
