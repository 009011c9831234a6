// A body's bytes as they pass, up to a limit: what is kept is counted, and costs no more memory than it counts.
import type { CapturedBody } from '../event/captured-body.ts';
import type { ByteBudget } from './byte-budget.ts';

export interface CaptureBounds {
  /** Of all bodies that are under way. */
  readonly budget: ByteBudget;
  /** Of this one; null: all of it. What follows is counted only. */
  readonly maxBytes: number | null;
}

export class BodyCapture {
  readonly #bounds: CaptureBounds;
  #data: Uint8Array[] = [];
  #keptBytes = 0;
  #totalBytes = 0;
  #full = false; // there was no room for all that should have been kept

  constructor(bounds: CaptureBounds) {
    this.#bounds = bounds;
  }

  add(chunk: Uint8Array): void {
    this.#totalBytes += chunk.length;
    if (this.#full) return;
    const wanted = Math.min(chunk.length, (this.#bounds.maxBytes ?? Number.POSITIVE_INFINITY) - this.#keptBytes);
    if (wanted <= 0) return;
    if (!this.#bounds.budget.take(wanted)) {
      this.#full = true;
      this.#release();
      return;
    }
    this.#keptBytes += wanted;
    this.#data.push(compact(chunk.subarray(0, wanted)));
  }

  /** Bytes that passed so far. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Ends the capture, whose bytes are the caller's from here on. Null: there was no room for it. */
  finish(broken: boolean): CapturedBody | null {
    const [data, bytes] = [this.#data, this.#keptBytes];
    this.#release();
    return this.#full ? null : { data, bytes, totalBytes: this.#totalBytes, broken, redacted: 'no' };
  }

  #release(): void {
    this.#bounds.budget.give(this.#keptBytes);
    this.#data = [];
    this.#keptBytes = 0;
  }
}

/** A body that was whole from the start. */
export function capturedBytes(body: Uint8Array): CapturedBody {
  const data = body.length === 0 ? [] : [compact(body)];
  return { data, bytes: body.length, totalBytes: body.length, broken: false, redacted: 'no' };
}

/** A view holds all of its buffer for as long as a sink is down, which nobody counts: so much of it beside the view may be. */
const idleShare = 1 / 8;
/** The head of a small message stands in one buffer with it; an event's overhead covers that. */
const idleBytes = 512;

function compact(view: Uint8Array): Uint8Array {
  const beside = view.buffer.byteLength - view.length;
  return beside > view.length * idleShare + idleBytes ? new Uint8Array(view) : view;
}
