// A block of header or trailer fields: wire order, duplicates kept, names as they came.

const [LF, CR, SP, COLON] = [10, 13, 32, 58] as const;

export interface HeaderBlock {
  /** The first field of that name, in any case; undefined when there is none. */
  get(name: string): string | undefined;
  /** All fields in wire order. */
  [Symbol.iterator](): Iterator<readonly [name: string, value: string]>;
  /** Appends name, value, name, value, … to `into` and returns it: how the ends of the path put a block on the wire. */
  write(into: string[]): string[];
  /** Bytes of all fields as HTTP/1.1 writes them: `name: value CRLF`, in latin1 (RFC 9112 5). */
  readonly wireBytes: number;
  /** Writes those lines from `at` on, where `wireBytes` must have room; returns where they end. */
  copyTo(target: Buffer, at: number): number;
}

/** A block over node's flat form `[name, value, name, value, …]`; takes ownership of the array. */
export class FlatHeaderBlock implements HeaderBlock {
  readonly #flat: readonly string[];

  constructor(flat: readonly string[]) {
    this.#flat = flat;
  }

  get(name: string): string | undefined {
    const flat = this.#flat;
    const wanted = name.toLowerCase();
    for (let i = 0; i < flat.length; i += 2) {
      const candidate = flat[i] as string;
      if (candidate.length === wanted.length && candidate.toLowerCase() === wanted) return flat[i + 1];
    }
    return undefined;
  }

  *[Symbol.iterator](): Generator<readonly [string, string]> {
    for (let i = 0; i < this.#flat.length; i += 2) yield [this.#flat[i] as string, this.#flat[i + 1] as string];
  }

  write(into: string[]): string[] {
    for (const part of this.#flat) into.push(part);
    return into;
  }

  get wireBytes(): number {
    let bytes = 0;
    for (const part of this.#flat) bytes += part.length + 2; // ": " behind a name, CRLF behind a value
    return bytes;
  }

  copyTo(target: Buffer, at: number): number {
    let end = at;
    for (let i = 0; i < this.#flat.length; i++) {
      end += target.write(this.#flat[i] as string, end, 'latin1');
      const isValue = i % 2 === 1;
      target[end++] = isValue ? CR : COLON; // bytes cost less than a string of two
      target[end++] = isValue ? LF : SP;
    }
    return end;
  }
}

export const noFields: HeaderBlock = new FlatHeaderBlock([]);
