// Looks at the beginning of a body that streams, and puts it back: whoever reads or follows the body sees nothing of it.
import type { Readable } from 'node:stream';
import type { Body } from '../../http/exchange.ts';
import { wasCutShort } from '../../http/http2-body.ts';
import { emptyBody } from '../../http/small-body.ts';

export interface PeekBounds {
  readonly maxBytes: number;
  readonly maxWaitMs: number;
}

export interface Peeked {
  /** The same body, or its bytes when all of it came meanwhile. Null: the client broke off. */
  readonly body: Body | null;
}

/** `enough` is shown all bytes so far, each time there are more, until it says true. Resolves then, or at a bound, or at the end. */
export function peekBody(body: Readable, enough: (start: Uint8Array) => boolean, bounds: PeekBounds): Promise<Peeked> {
  return new Promise((resolve) => new Peek(body, { enough, bounds, resolve }).start());
}

interface PeekParts {
  readonly enough: (start: Uint8Array) => boolean;
  readonly bounds: PeekBounds;
  readonly resolve: (peeked: Peeked) => void;
}

type Listener = (chunk: Buffer) => void;

class Peek {
  readonly #body: Readable;
  readonly #parts: PeekParts;
  #bytes: Buffer = Buffer.alloc(0);
  /** Those who follow the body (byte counts, the payload logger): they get each chunk once, behind us. */
  #followers: readonly Listener[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(body: Readable, parts: PeekParts) {
    this.#body = body;
    this.#parts = parts;
  }

  start(): void {
    const body = this.#body;
    if (body.destroyed || body.readableEnded) {
      this.#parts.resolve({ body: body.destroyed ? null : emptyBody });
      return;
    }
    this.#followers = body.rawListeners('data') as Listener[];
    for (const follower of this.#followers) body.off('data', follower);
    body.prependListener('end', this.#onEnd); // before followers hear of it
    body.on('close', this.#onClose);
    this.#timer = setTimeout(this.#giveBack, this.#parts.bounds.maxWaitMs);
    body.on('data', this.#onData);
    body.resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const { enough, bounds } = this.#parts;
    if (enough(this.#bytes) || this.#bytes.length >= bounds.maxBytes) this.#giveBack();
  };

  readonly #giveBack = (): void => {
    const body = this.#body;
    body.pause(); // before our listener goes: nothing is read until the next reader resumes
    this.#stop();
    if (this.#bytes.length > 0) body.unshift(this.#bytes);
    this.#restoreFollowers();
    this.#parts.resolve({ body });
  };

  readonly #onEnd = (): void => {
    this.#stop();
    if (this.#bytes.length > 0) for (const follower of this.#followers) follower.call(this.#body, this.#bytes);
    this.#parts.resolve({ body: wasCutShort(this.#body) ? null : this.#bytes });
  };

  readonly #onClose = (): void => {
    this.#stop();
    this.#parts.resolve({ body: null });
  };

  #stop(): void {
    clearTimeout(this.#timer);
    this.#body.off('data', this.#onData);
    this.#body.off('end', this.#onEnd);
    this.#body.off('close', this.#onClose);
  }

  #restoreFollowers(): void {
    for (const follower of this.#followers) this.#body.on('data', follower);
  }
}
