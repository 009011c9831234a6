// Where the time of an exchange went: waiting, in the runtime, in the agent.
import type { RuntimeCall } from '../../http/exchange.ts';

export interface CallTimes {
  readonly totalMs: number;
  readonly waitMs: number;
  readonly runtimeMs: number;
  readonly agentMs: number;
}

export interface Moments {
  /** By performance.now(), as all of them. */
  readonly arrivedMs: number;
  readonly endedMs: number;
  /** Undefined: the runtime was not called, and all of it was the agent's. */
  readonly call: RuntimeCall | undefined;
}

/** The last three are the parts of the first. */
export function callTimes({ arrivedMs, endedMs, call }: Moments): CallTimes {
  const totalMs = endedMs - arrivedMs;
  if (call === undefined) return { totalMs, waitMs: 0, runtimeMs: 0, agentMs: totalMs };
  // A call that others asked for may have begun before this request came.
  const waitMs = Math.max(0, call.calledAtMs - arrivedMs);
  const runtimeMs = call.answeredAtMs - Math.max(call.calledAtMs, arrivedMs);
  return { totalMs, waitMs, runtimeMs, agentMs: Math.max(0, totalMs - waitMs - runtimeMs) };
}
