// Some requests that left their queue together, and what holds for all of them.
import { randomUUID } from 'node:crypto';
import type { BatchNote } from '../http/exchange.ts';
import type { BatchQueue } from './batch-queue.ts';
import type { Member } from './member.ts';

export class Batch {
  /** In order of arrival; at least one. */
  readonly members: readonly Member[];
  readonly queue: BatchQueue;
  readonly rows: number;
  readonly sentMs: number;
  #id: string | null = null;

  constructor(members: readonly Member[], queue: BatchQueue, sentMs = performance.now()) {
    this.members = members;
    this.queue = queue;
    this.rows = members.reduce((sum, member) => sum + member.rows, 0);
    this.sentMs = sentMs;
  }

  /** What its members' answers say of it. */
  get note(): BatchNote {
    return { id: this.id, requests: this.members.length, rows: this.rows };
  }

  /** One of its members, when it is sent again without the others. */
  only(member: Member): Batch {
    const alone = new Batch([member], this.queue, this.sentMs);
    alone.#id = this.id;
    return alone;
  }

  /** A UUID, for the runtime and for clients of KServe's batcher; made when somebody asks. */
  get id(): string {
    this.#id ??= randomUUID();
    return this.#id;
  }
}
