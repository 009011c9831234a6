// What no policy can beat: the formulas of batching with t(b) = a + c * b.
import type { RuntimeOptions } from './scenario.ts';

/** Rows in a millisecond of N clients that send one row each and are back at once. */
export function idealRate(runtime: RuntimeOptions, clients: number, maxRows: number): number {
  const { overheadMs, rowMs, slots } = runtime;
  let best = 0;
  for (let used = 1; used <= slots; used++) {
    const share = clients / (overheadMs + rowMs * Math.min(maxRows, clients / used));
    best = Math.max(best, Math.min(share, (used * maxRows) / (overheadMs + rowMs * maxRows)));
  }
  return best;
}

/** Mean answer time of an open loop on one slot that never waits for company (Inoue 2019, second bound). */
export function openLoopBoundMs(runtime: RuntimeOptions, perMs: number): number {
  const { overheadMs, rowMs } = runtime;
  const load = perMs * rowMs;
  return (1.5 * overheadMs) / (1 - load) + ((rowMs / 2) * (load + 2)) / (1 - load * load);
}
