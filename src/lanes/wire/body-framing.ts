// Which bytes of a read are the body's? By its length, or by its chunks, whose data is moved together: one piece for each read.
import { ChunkReader } from './chunk-reader.ts';

const noTrailers: readonly string[] = [];

export interface BodyFraming {
  /** Reads on; returns `end`, or where the body ends. The data among it is `bytes[dataStart, dataEnd)`. @throws ChunkError */
  take(bytes: Buffer, start: number, end: number): number;
  readonly dataStart: number;
  readonly dataEnd: number;
  readonly done: boolean;
  /** Bytes of data that are still to come; Infinity: the framing does not tell yet. */
  readonly leftBytes: number;
  /** Flat, as received; whole when `done`. */
  readonly trailers: readonly string[];
}

/** A length of Infinity: the body goes on until its connection ends (RFC 9112 6.3). */
export class LengthFraming implements BodyFraming {
  readonly trailers = noTrailers;
  dataStart = 0;
  dataEnd = 0;
  leftBytes: number;

  constructor(contentLength: number) {
    this.leftBytes = contentLength;
  }

  get done(): boolean {
    return this.leftBytes === 0;
  }

  take(_bytes: Buffer, start: number, end: number): number {
    const stop = Math.min(end, start + this.leftBytes);
    this.leftBytes -= stop - start;
    this.dataStart = start;
    this.dataEnd = stop;
    return stop;
  }
}

export class ChunkedFraming implements BodyFraming {
  readonly leftBytes = Number.POSITIVE_INFINITY;
  readonly #reader: ChunkReader;
  dataStart = 0;
  dataEnd = 0;
  #bytes: Buffer | null = null; // of the read that is looked at

  constructor(maxTrailerBytes: number) {
    this.#reader = new ChunkReader({ maxTrailerBytes });
  }

  get done(): boolean {
    return this.#reader.done;
  }

  get trailers(): readonly string[] {
    return this.#reader.trailers;
  }

  take(bytes: Buffer, start: number, end: number): number {
    this.#bytes = bytes;
    this.dataStart = start;
    this.dataEnd = start;
    const stop = this.#reader.read(bytes, start, end, this.#onData);
    this.#bytes = null;
    return stop;
  }

  /** The place behind the data before it was read already: a size and its line ends stood there. */
  readonly #onData = (chunk: Buffer): void => {
    const bytes = this.#bytes as Buffer;
    const at = chunk.byteOffset - bytes.byteOffset;
    if (this.dataEnd === this.dataStart) this.dataStart = this.dataEnd = at;
    else bytes.copyWithin(this.dataEnd, at, at + chunk.length);
    this.dataEnd += chunk.length;
  };
}
