// Some requests that left their queue together, and what holds for all of them.
import { randomUUID } from 'node:crypto';
import type { BatchQueue } from './batch-queue.ts';
import type { Member } from './member.ts';

export interface Batch {
  /** In order of arrival; at least one. */
  readonly members: readonly Member[];
  readonly rows: number;
  readonly sentMs: number;
  /** A UUID, for the runtime and for clients of KServe's batcher. */
  readonly id: string;
  readonly queue: BatchQueue;
}

export function newBatch(members: readonly Member[], queue: BatchQueue): Batch {
  const rows = members.reduce((sum, member) => sum + member.rows, 0);
  return { members, rows, sentMs: performance.now(), id: randomUUID(), queue };
}
