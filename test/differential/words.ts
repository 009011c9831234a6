// Chance with a seed: what the grammars of requests and answers draw from.

export class Chance {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** From 0 to below `bound`. */
  below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }

  /** True in `percent` of 100 cases. */
  in(percent: number): boolean {
    return this.#random() * 100 < percent;
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T;
  }

  /** The first value stands for the usual, the others for the odd ones, drawn in `percent` of 100 cases. */
  mostly<T>(usual: T, odd: readonly T[], percent: number): T {
    return this.in(percent) ? this.one(odd) : usual;
  }

  text(length: number): string {
    let text = '';
    while (text.length < length)
      text += this.one(['a', 'Z', '0', ' ', '{', '"', '\r\n', '\0', 'GET / HTTP/1.1\r\n', '\xe9']);
    return text.slice(0, length);
  }
}

const bits = [...'\r\n \t\0\x0b\x7f\xa0,;:01f-+_"%#', '\r\n', '\r\n\r\n', '\n\n', '\r\n ', '0\r\n'];

/** One or two random changes of bytes: what no grammar would think of. */
export function mutate(bytes: string, chance: Chance): string {
  let changed = bytes;
  for (let left = 1 + chance.below(2); left > 0; left--) {
    const at = chance.below(changed.length);
    const cut = chance.one([0, 1, 1, 2, chance.below(20)]);
    changed = changed.slice(0, at) + chance.mostly('', bits, 66) + changed.slice(at + cut);
  }
  return changed;
}

/** Letters in another case here and there. */
export function recase(name: string, chance: Chance): string {
  if (!chance.in(15)) return name;
  return [...name].map((letter) => (chance.in(50) ? letter.toUpperCase() : letter.toLowerCase())).join('');
}

/** Where bytes are cut into writes: at none, one, some, or every place. */
export function cuts(length: number, chance: Chance): readonly number[] {
  const kind = chance.below(10);
  if (kind < 5 || length < 2) return [];
  if (kind < 8) return [1 + chance.below(length - 1)];
  if (kind < 9 || length > 400) {
    const places = new Set(Array.from({ length: 4 }, () => 1 + chance.below(length - 1)));
    return [...places].sort((a, b) => a - b);
  }
  return Array.from({ length: length - 1 }, (_, i) => i + 1);
}

export function body(chance: Chance): string {
  if (chance.in(1)) return chance.text(1000).repeat(70 + chance.below(100)); // larger than what is held as bytes
  return chance.text(chance.one([0, 1, 2, 5, 40, 200]));
}

/** `bytes` as chunks, seldom broken ones. */
export function chunked(bytes: string, chance: Chance): string {
  let framed = '';
  for (let at = 0; at < bytes.length; ) {
    const length = Math.min(bytes.length - at, 1 + chance.below(Math.max(1, bytes.length)));
    const size = chance.mostly(
      length.toString(16),
      [`0${length.toString(16)}`, length.toString(16).toUpperCase(), `0x${length}`, `${length} `],
      8,
    );
    const extension = chance.mostly('', [';a=b', ';a="b c"', '; a', ';', ';a\tb'], 6);
    framed += `${size}${extension}\r\n${bytes.slice(at, at + length)}\r\n`;
    at += length;
  }
  const last = chance.mostly('0', ['00', '0;a=b', '0000000000000000', ''], 4);
  const trailers = chance.mostly(
    '',
    [
      'X-Sum: 1\r\n',
      'x: \t y \r\nX-Two: 2\r\n',
      'Content-Length: 3\r\n',
      'X : 1\r\n',
      'X\r\n',
      ' X: 1\r\n',
      'Host: b\r\n',
    ],
    12,
  );
  return `${framed}${last}\r\n${trailers}\r\n`;
}
