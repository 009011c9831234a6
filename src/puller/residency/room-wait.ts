// A wait for room that ends: those who wait for each other would wait for ever.
import { OutriggerError } from '../../errors.ts';

/** Who had to wait so long is tried again later; what it holds meanwhile may be what others wait for. */
const maxWaitMs = 30_000;

export interface RoomWait {
  /** Resolves when there is room; gives up when `patience` is over. */
  readonly wait: (patience: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** What is said when time is over. */
  readonly words: string;
}

/** @throws OutriggerError MODEL_NOT_READY; what `wait` throws, the reason of `signal` */
export async function waitForRoom({ wait, signal, words }: RoomWait): Promise<void> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new OutriggerError('MODEL_NOT_READY', words)), maxWaitMs);
  try {
    await wait(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}
