// An answer that streams, its last byte held back until its event is on disk (--log-spool-dir): all before it passes at once.
import { Readable } from 'node:stream';
import { wasCutShort } from '../../http/http2-body.ts';
import { tolerateUnread } from '../../http/pump.ts';
import { breakReasonOf, setBreakReason } from '../../http/stream-reset.ts';
import type { Owed } from '../owed.ts';

export interface HoldOptions {
  /** Of the answer's head; null: its end is a message of its own (a last chunk, a flag of a frame). */
  readonly contentLength: number | null;
  chunk(chunk: Uint8Array): void;
  /** Called once when all bytes were seen; what it returns is waited for. Null: nothing to wait for. */
  seen(broken: boolean): Owed;
}

export function holdLastByte(body: Readable, options: HoldOptions): Readable {
  const hold = new Hold(body, options);
  return hold.held;
}

class Hold {
  readonly held: Readable;
  readonly #body: Readable;
  readonly #options: HoldOptions;
  #passedBytes = 0;
  #wasSeen = false;
  #last: Owed = null;

  constructor(body: Readable, options: HoldOptions) {
    this.#body = body;
    this.#options = options;
    this.held = tolerateUnread(
      new Readable({
        read: () => body.resume(),
        destroy: (error, callback) => {
          body.destroy(error ?? undefined);
          callback(error);
        },
      }),
    ).pause();
    body.pause();
    body.on('data', this.#onChunk);
    body.once('end', this.#onEnd);
    body.once('error', (error: Error) => this.#onBroken(error));
    body.once('close', () => this.#onBroken(new Error('the body broke off')));
  }

  readonly #onChunk = (chunk: Uint8Array): void => {
    this.#passedBytes += chunk.length;
    this.#options.chunk(chunk);
    if (this.#passedBytes === this.#options.contentLength) this.#see(false);
    if (this.#last === null) this.#push(chunk);
    else void this.#last.then(() => this.#push(chunk));
  };

  readonly #onEnd = (): void => {
    const reason = breakReasonOf(this.#body);
    if (reason !== undefined) setBreakReason(this.held, reason);
    this.#see(reason !== undefined || wasCutShort(this.#body));
    if (this.#last === null) this.#push(null);
    else void this.#last.then(() => this.#push(null));
  };

  #onBroken(error: Error): void {
    if (this.#wasSeen) return;
    this.#see(true);
    const reason = breakReasonOf(this.#body);
    if (reason !== undefined) setBreakReason(this.held, reason);
    this.held.destroy(error);
  }

  #see(broken: boolean): void {
    if (this.#wasSeen) return;
    this.#wasSeen = true;
    this.#last = this.#options.seen(broken);
  }

  #push(chunk: Uint8Array | null): void {
    if (!this.held.destroyed && !this.held.push(chunk)) this.#body.pause();
  }
}
