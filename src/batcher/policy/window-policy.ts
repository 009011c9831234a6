// Size or timeout: a batch leaves when it is full or when its oldest request has waited maxLatencyMs, whatever the runtime does.
import type { Flight, Release, ReleasePolicy } from './release-policy.ts';

const wait: Release = { rows: 0, targetRows: 0, reason: 'full' };

export function openWindowPolicy(options: {
  readonly maxRows: number;
  readonly maxLatencyMs: number;
}): ReleasePolicy<null> {
  const { maxLatencyMs } = options;
  let { maxRows } = options;
  let rows = 0;
  let oldestMs = 0;
  const left = (leftRows: number, oldestLeftMs: number | null): void => {
    rows -= leftRows;
    oldestMs = oldestLeftMs ?? 0;
  };
  return {
    fit: null,
    alone: false,
    get wakeMs() {
      return rows === 0 ? Number.POSITIVE_INFINITY : oldestMs + maxLatencyMs;
    },
    openSource: () => null,
    closeSource: () => undefined,
    limit(newMaxRows) {
      maxRows = newMaxRows;
    },
    arrived(nowMs, _source, newRows) {
      if (rows === 0) oldestMs = nowMs;
      rows += newRows;
    },
    withdrawn: (_nowMs, leftRows, oldestLeftMs) => left(leftRows, oldestLeftMs),
    decide(nowMs, full) {
      if (rows === 0) return wait;
      // More rows than fit: the request that would not fit is the last of them, and those before it are as full as can be.
      if (full || rows >= maxRows) return { rows: maxRows, targetRows: maxRows, reason: 'full' };
      if (nowMs - oldestMs >= maxLatencyMs) return { rows: maxRows, targetRows: maxRows, reason: 'max_latency' };
      return wait;
    },
    sent(_nowMs, sentRows, oldestLeftMs): Flight {
      left(sentRows, oldestLeftMs);
      return { rows: sentRows };
    },
    answered: () => undefined,
  };
}
