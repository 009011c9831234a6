// Is a request worth another attempt, and after how long? The same for every store, whichever client asks it.

/** Of an answer that may be a better one in a moment. */
export function isPassingStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** `code`: of a connection that was not made. A certificate that is not trusted will not be a moment later. */
export function isDistrust(code: string): boolean {
  return /CERT|SIGNATURE|ERR_SSL/.test(code);
}

/** Full jitter, so that connections refused together do not come back together. `failures`: in a row, at least 1. */
export function backoffMs(failures: number, capMs: number, random: () => number): number {
  return random() * Math.min(capMs, 100 * 2 ** Math.min(failures, 20));
}

/** Retry-After in seconds or as a date (RFC 9110 10.2.3); null: none, or not readable. */
export function readRetryAfterMs(value: string | undefined, nowMs: number): number | null {
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const atMs = /^[A-Z][a-z]{2}/.test(value) ? Date.parse(value) : Number.NaN; // Date.parse takes "-1" for a year
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
