// The agent as the batch scenarios start it: with the batcher off, with its own policy, with the classic window.

import { agentWith, type Subject } from '../subjects.ts';

export const MAX_ROWS = 32;
export type Policy = 'adaptive' | 'window';

/** `flags`: what one scenario needs beside. */
export interface BatchingAgent {
  readonly script: string;
  readonly policy: Policy;
  readonly maxLatencyMs: number;
  readonly maxRows?: number;
  readonly flags?: readonly string[];
}

export function batchingAgent({
  script,
  policy,
  maxLatencyMs,
  maxRows = MAX_ROWS,
  flags = [],
}: BatchingAgent): Subject {
  const limits = ['--max-batchsize', String(maxRows), '--max-latency', String(maxLatencyMs)];
  const all = ['--enable-batcher', ...limits, '--batch-policy', policy, ...flags];
  return agentWith(script, `${policy}, L=${maxLatencyMs}`, all);
}

/** What each batching agent is compared with: the very same agent, passing every request on. */
export function passThroughAgent(script: string): Subject {
  return agentWith(script, 'batcher off', [], true);
}
