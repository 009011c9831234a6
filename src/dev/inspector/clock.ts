// The two clocks of the inspector; a test has its own.

export interface Clock {
  epochMs(): number;
  /** Like performance.now(): never goes back. */
  monotonicMs(): number;
}

export const systemClock: Clock = { epochMs: () => Date.now(), monotonicMs: () => performance.now() };
