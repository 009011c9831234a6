// A body that its source feeds chunk by chunk: others may look on, or take the chunks past the stream's own machinery.
import { Readable } from 'node:stream';
import { tolerateUnread } from './pump.ts';

export abstract class FedBody extends Readable {
  #taker: ((chunk: Buffer) => void) | null = null;
  #tap: ((chunk: Buffer) => void) | null = null;

  constructor(highWaterMark?: number) {
    super(highWaterMark === undefined ? {} : { highWaterMark });
    tolerateUnread(this);
    this.pause(); // until its reader resumes it: a stage may listen without setting it in motion
  }

  /** Shows each chunk as it comes, before its reader gets it; it changes nothing for the reader. Listeners may keep it. */
  tap(listener: (chunk: Buffer) => void): void {
    const others = this.#tap;
    if (others === null) this.#tap = listener;
    else {
      this.#tap = (chunk) => {
        others(chunk);
        listener(chunk);
      };
    }
  }

  /**
   * From here on chunks go straight to `take`, which saves a stream's work for each; null: into the stream again. The end, errors
   * and the pace stay those of the stream. False, without effect, when some chunks are in the stream already.
   */
  divert(take: ((chunk: Buffer) => void) | null): boolean {
    if (this.readableLength > 0) return false;
    this.#taker = take;
    return true;
  }

  protected get tapped(): boolean {
    return this.#tap !== null;
  }

  protected show(chunk: Buffer): void {
    this.#tap?.(chunk);
  }

  /** False: the stream holds enough, and asks for more by `_read`. */
  protected pass(chunk: Buffer): boolean {
    if (this.#taker === null) return this.push(chunk);
    this.#taker(chunk);
    return true;
  }
}
