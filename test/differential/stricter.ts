// Where the lane's runtime end is stricter than undici: it says 502 to what undici passes on. Requests are never judged by the lane.
import type { GeneratedAnswer } from './answer-grammar.ts';

interface Stricter {
  readonly what: string;
  /** Does an answer, in the bytes of the runtime, have it? */
  has(bytes: string): boolean;
}

const head = (bytes: string): string => bytes.split('\r\n\r\n', 1)[0] as string;
const interim = /^(HTTP\/1\.1 1\d\d[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n)+/;

export const stricter: readonly Stricter[] = [
  { what: 'a version other than 1.0 and 1.1', has: (bytes) => !/^HTTP\/1\.[01] /.test(bytes) },
  {
    what: 'control characters in the reason phrase',
    has: (bytes) => /^HTTP\/1\.[01] \d{3} [^\r\n]*[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(bytes),
  },
  { what: 'an empty line in front of the status line', has: (bytes) => /^[\r\n]/.test(bytes) },
  { what: 'a line of the head that ends by LF alone', has: (bytes) => /(^|[^\r])\n/.test(head(bytes)) },
  {
    what: 'no whole status line, or a status outside 100 to 999',
    has: (bytes) => !/^HTTP\/1\.[01] [1-9]\d{2}( [^\r\n]*)?\r\n/.test(bytes),
  },
];

/** The names of what is odd in it, as far as only the lane minds. */
export function oddIn({ bytes }: GeneratedAnswer): readonly string[] {
  const final = bytes.replace(interim, '');
  return stricter.filter(({ has }) => has(final) || has(bytes)).map(({ what }) => what);
}
