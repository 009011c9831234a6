// The batches that answers told of, each with those that rode in it: bounded, the oldest make room.
import type { BatchList, BatchView } from './api.ts';
import type { Clock } from './clock.ts';
import type { SeenExchange } from './seen-exchange.ts';

export interface BatchShelfBounds {
  readonly maxBatches: number;
}

interface SeenBatch {
  readonly nth: number;
  readonly id: string;
  readonly model: string | null;
  readonly calledAtMs: number; // epoch
  readonly requests: number;
  readonly rows: number;
  readonly runtimeMs: number;
  readonly members: { readonly id: number; readonly waitMs: number; readonly status: number | null }[];
  readonly seenMs: number; // its first member was answered then
}

/** Members are answered together; one that left never is. So long a batch that lacks some is not listed yet. */
const settlingMs = 1000;
const maxListed = 200;

export class BatchShelf {
  readonly #maxBatches: number;
  readonly #clock: Clock;
  readonly #byId = new Map<string, SeenBatch>(); // in order of their answers
  #lastNth = 0;

  constructor({ maxBatches }: BatchShelfBounds, clock: Clock) {
    this.#maxBatches = maxBatches;
    this.#clock = clock;
  }

  /** Its answer is here. `modelOf` is asked once for a batch. */
  joined(seen: SeenExchange, modelOf: (seen: SeenExchange) => string | null): void {
    const { batch, call, status, arrivedMs } = seen;
    if (batch === undefined || call === undefined) return;
    const known = this.#byId.get(batch.id);
    const member = { id: seen.id, waitMs: Math.max(0, call.calledAtMs - arrivedMs), status };
    if (known !== undefined) {
      known.members.push(member);
      return;
    }
    this.#byId.set(batch.id, {
      nth: ++this.#lastNth,
      ...batch,
      model: modelOf(seen),
      calledAtMs: seen.atMs + call.calledAtMs - arrivedMs,
      runtimeMs: call.answeredAtMs - call.calledAtMs,
      members: [member],
      seenMs: this.#clock.monotonicMs(),
    });
    if (this.#byId.size > this.#maxBatches) this.#byId.delete(this.#byId.keys().next().value as string);
  }

  byId(id: string): BatchView | null {
    const batch = this.#byId.get(id);
    return batch === undefined ? null : viewOf(batch);
  }

  after(cursor: number): BatchList {
    const after = cursor > this.#lastNth ? 0 : cursor;
    const nowMs = this.#clock.monotonicMs();
    const settled: SeenBatch[] = [];
    for (const batch of this.#byId.values()) {
      if (batch.members.length < batch.requests && nowMs - batch.seenMs < settlingMs) break; // and none behind it: cursors count on
      if (batch.nth > after) settled.push(batch);
    }
    return { cursor: settled.at(-1)?.nth ?? after, batches: settled.slice(-maxListed).map(viewOf) };
  }
}

function viewOf({ id, model, calledAtMs, requests, rows, runtimeMs, members }: SeenBatch): BatchView {
  return {
    ...{ id, model, requests, rows, runtimeMs },
    at: new Date(calledAtMs).toISOString(),
    members: members.toSorted((one, other) => one.id - other.id),
  };
}
