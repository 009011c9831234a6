// Time and chance of the deliveries, so that a test may bring its own.

export interface Clock {
  /** Only ever grows; queuedMs of events is in it. */
  nowMs(): number;
  /** Of the calendar, in milliseconds since 1970. */
  wallMs(): number;
  /** From 0 to below 1. */
  random(): number;
  /** Calls back once, later; what it returns takes that back. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  random: () => Math.random(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
