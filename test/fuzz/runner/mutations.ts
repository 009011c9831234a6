// Which inputs does a parser see that nobody would write? Changes of seeds, drawn without looking at what they reach.

type Change = (input: Buffer, mutations: Mutations) => Buffer;

/** Longer inputs are cut: what is wrong with a parser is found with less, and sooner. */
const maxInputBytes = 8_192;
const maxChanges = 6;
/** Inputs that grew out of each other before a seed is taken again. */
const longestWalk = 8;

/** Where parsers of HTTP have gone wrong before: line ends, lengths, framing, frames of HTTP/2. */
const tokens: readonly Buffer[] = [
  ...['\r\n', '\n', '\r', '\r\n\r\n', ' ', '\t', ':', ';', ',', '"', '\0', '\x7f', '\xff', '%00', '\r\n '],
  ...[
    'GET ',
    'POST ',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'HTTP/1.1 ',
    'HTTP/1.0 ',
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 100 \r\n',
  ],
  ...[
    'Host: a\r\n',
    'Content-Length: 0\r\n',
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Connection: close\r\n',
  ],
  ...[
    'Connection: ',
    'Transfer-Encoding: ',
    'Content-Length: ',
    'chunked',
    'identity',
    'close',
    'keep-alive',
    'Upgrade: h2c\r\n',
  ],
  ...[
    '0\r\n\r\n',
    '5\r\nhello\r\n',
    '1;a=b\r\nx\r\n',
    'ffffffffffffffff\r\n',
    '-1',
    '+1',
    '0x10',
    '00',
    '1e3',
    '9007199254740993',
  ],
  ...[
    '\0\0\0\x04\0\0\0\0\0',
    '\0\0\0\x04\x01\0\0\0\0',
    '\0\0\x08\x06\0\0\0\0\0',
    '\0\0\x04\x08\0\0\0\0\0',
    '\0\0\x04\x03\0\0\0\0\x01',
  ],
  ...['\xff\xff\xff', '\x7f\xff\xff\xff', '\x80', '\xff\x80\x80\x80\x80\x01', '\x3f\xe1\x1f', '\x40', '\x82'],
].map((text) => Buffer.from(text, 'latin1'));

const changes: readonly Change[] = [
  (input, { at, upTo }) => withByte(input, at(input), (byte) => byte ^ (1 << upTo(8))),
  (input, { at, upTo }) => withByte(input, at(input), () => upTo(256)),
  (input, { at, token }) => spliced(input, { from: at(input), to: 0, by: token() }),
  (input, { at, token }) => overwritten(input, { from: at(input), by: token() }),
  (input, { at, upTo }) => cutOut(input, at(input), 1 + upTo(16)),
  (input, { at }) => input.subarray(0, at(input)),
  (input, { at }) => input.subarray(at(input)),
  (input, { at, upTo }) => repeated(input, { from: at(input), bytes: 1 + upTo(32), times: 1 + upTo(4) ** 4 }),
  (input, { at, seed }) => joined(input.subarray(0, at(input)), rest(seed(), at)),
  (input, { seed }) => joined(input, seed()),
  (input, { at }) => overwritten(input, { from: at(input), by: rest(input, at).subarray(0, 16) }),
];

interface Place {
  readonly from: number;
  readonly by: Buffer;
}

function withByte(input: Buffer, index: number, changed: (byte: number) => number): Buffer {
  const copy = Buffer.from(input);
  if (index < copy.length) copy[index] = changed(copy[index] as number) & 0xff;
  return copy;
}

function spliced(input: Buffer, { from, by, to }: Place & { readonly to: number }): Buffer {
  return Buffer.concat([input.subarray(0, from), by, input.subarray(Math.max(from, to))]);
}

function overwritten(input: Buffer, { from, by }: Place): Buffer {
  return spliced(input, { from, by, to: from + by.length });
}

function cutOut(input: Buffer, from: number, bytes: number): Buffer {
  return spliced(input, { from, by: Buffer.alloc(0), to: from + bytes });
}

function repeated(input: Buffer, { from, bytes, times }: { from: number; bytes: number; times: number }): Buffer {
  const piece = input.subarray(from, from + bytes);
  return spliced(input, { from, by: Buffer.concat(Array.from({ length: times }, () => piece)), to: from });
}

function joined(first: Buffer, second: Buffer): Buffer {
  return Buffer.concat([first, second]);
}

function rest(input: Buffer, at: Mutations['at']): Buffer {
  return input.subarray(at(input));
}

export class Mutations {
  readonly #seeds: readonly Buffer[];
  readonly #random: () => number;
  #last: Buffer = Buffer.alloc(0);
  #walked = longestWalk;

  /** `random` as of test/support/random.ts: the same inputs in the same order for the same seed. */
  constructor(seeds: readonly Uint8Array[], random: () => number) {
    this.#seeds = seeds.map((seed) => Buffer.from(seed));
    this.#random = random;
  }

  next(): Buffer {
    const walksOn = this.#walked < longestWalk && this.#last.length > 0 && this.#random() < 0.5;
    this.#walked = walksOn ? this.#walked + 1 : 0;
    let input = walksOn ? this.#last : this.seed();
    for (let left = 1 + this.upTo(maxChanges); left > 0; left -= 1) {
      input = (changes[this.upTo(changes.length)] as Change)(input, this).subarray(0, maxInputBytes);
    }
    this.#last = input;
    return Buffer.from(input);
  }

  /** From 0 to below `count`. */
  readonly upTo = (count: number): number => Math.floor(this.#random() * count);
  /** A place in it, or its end. */
  readonly at = (input: Buffer): number => this.upTo(input.length + 1);
  readonly token = (): Buffer => tokens[this.upTo(tokens.length)] as Buffer;
  readonly seed = (): Buffer => this.#seeds[this.upTo(this.#seeds.length)] ?? Buffer.alloc(0);
}
