// What a FrameReader shows and passes, for tests.
import { type FrameLimits, FrameReader, type FrameSink } from '../../../src/lanes/h2/frame-reader.ts';

export const usualLimits: FrameLimits = { maxFrameBytes: 16_384, maxHeaderBlockBytes: 65_536 };

/** Remembers what a reader shows; swallows the types in `swallow`, and takes the end off DATA of the stream `unended`. */
export class FrameRecord implements FrameSink {
  readonly shown: string[] = [];
  readonly reader: FrameReader;
  readonly #passed: Buffer[] = [];
  readonly #swallow: readonly number[];

  readonly #unended: number;

  constructor({
    limits = usualLimits,
    swallow = [],
    unended = 0,
  }: { limits?: FrameLimits; swallow?: readonly number[]; unended?: number } = {}) {
    this.#swallow = swallow;
    this.#unended = unended;
    this.reader = new FrameReader(this, limits);
  }

  /** How many times bytes were passed, and all of them. */
  get passes(): number {
    return this.#passed.length;
  }

  get passed(): string {
    return Buffer.concat(this.#passed).toString('hex');
  }

  /** Each piece in a buffer of its own, with poison around it that changes once it was read. */
  read(bytes: Uint8Array, cuts: readonly number[] = []): this {
    let start = 0;
    for (const end of [...cuts, bytes.length]) {
      const guarded = Buffer.alloc(end - start + 80, 0xff);
      guarded.set(bytes.subarray(start, end), 40);
      this.reader.read(guarded, 40, 40 + end - start);
      guarded.fill(0xee);
      start = end;
    }
    return this;
  }

  data(flags: number, streamId: number, length: number): boolean | 'unended' {
    const passes = this.#show(0, `DATA ${flags} on ${streamId}: ${length} bytes`);
    return streamId === this.#unended && (flags & 1) === 1 ? 'unended' : passes;
  }

  behind(streamId: number): void {
    this.#passed.push(Buffer.from(`end of ${streamId}`));
  }

  headers(flags: number, streamId: number, bytes: Buffer, start: number, end: number): boolean {
    return this.#show(1, `HEADERS ${flags} on ${streamId}: ${bytes.toString('hex', start, end)}`);
  }

  control(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): boolean {
    return this.#show(type, `${type} ${flags} on ${streamId}: ${bytes.toString('hex', start, end)}`);
  }

  pass(bytes: Buffer, start: number, end: number): void {
    this.#passed.push(Buffer.from(bytes.subarray(start, end)));
  }

  #show(type: number, what: string): boolean {
    this.shown.push(what);
    return !this.#swallow.includes(type);
  }
}
