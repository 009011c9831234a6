// Buffers of large bodies are garbage as soon as they are passed on, but V8 lets 64 MiB of them gather: this asks it to look sooner.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type MinorCollection = (options: { type: 'minor' }) => void;

/**
 * Young buffers count outside of V8's heap: their own few bytes inside fill it slowly, so 1 GiB passed on grew the process by
 * 90 MiB. A minor collection (under a millisecond, it walks what lives in the young generation) after each so many bytes keeps
 * that below 64 MiB. Small bodies never come so far that it matters.
 */
const collectEveryBytes = 16 * 1024 * 1024;

export class BufferCollector {
  #passedBytes = 0;
  #collect: MinorCollection | null = null;

  /** Call it with each chunk of a streamed body, in either direction. */
  passed(bytes: number): void {
    this.#passedBytes += bytes;
    if (this.#passedBytes < collectEveryBytes) return;
    this.#passedBytes = 0;
    this.#collect ??= openCollection();
    this.#collect({ type: 'minor' });
  }
}

/** V8 shows its collector to contexts that are made while the flag is set. */
function openCollection(): MinorCollection {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as MinorCollection;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
