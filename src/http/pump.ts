// Moves a body from a stream to a writable end with back-pressure, and tells exactly one ending.
import type { Readable, Writable } from 'node:stream';

export interface PumpEnd {
  /** Counts bytes as they are handed on. */
  moved?(bytes: number): void;
  /** The source ended; the target is not ended yet, so that trailers can be added. */
  ended(): void;
  /** The source broke off before its end. */
  broken(error: Error): void;
}

/** Unlike stream.pipeline it destroys neither side: who broke what is for the caller to tell its peer. */
export function pump(source: Readable, target: Writable, end: PumpEnd): void {
  let settled = false;
  source.on('data', (chunk: Buffer) => {
    end.moved?.(chunk.length);
    if (!target.write(chunk)) source.pause();
  });
  target.on('drain', () => source.resume());
  source.once('end', () => {
    if (settled) return;
    settled = true;
    end.ended();
  });
  const broken = (error?: Error): void => {
    if (settled) return;
    settled = true;
    end.broken(error ?? new Error('the body broke off'));
  };
  source.once('error', broken);
  source.once('close', broken);
  if (source.closed) broken(source.errored ?? undefined); // it broke before anybody listened
  source.resume(); // it may have been paused until somebody reads
}

/** Lets a body break while nobody reads it: an 'error' without a listener would end the process. Readers listen for themselves. */
export function tolerateUnread<S extends Readable>(body: S): S {
  return body.on('error', () => undefined);
}
