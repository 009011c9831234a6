// The queues of all keys: bounded in number, since clients choose keys; the idle one that was used the longest ago makes room.
import type { BatcherConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { readModelOf } from '../model-label.ts';
import type { InferencePath } from '../v2/infer-path.ts';
import { BatchQueue, type CallRuntime } from './batch-queue.ts';
import { openAdaptivePolicy } from './policy/adaptive-policy.ts';
import { openWindowPolicy } from './policy/window-policy.ts';
import type { WaitingRoom } from './waiting-room.ts';

export interface BatchQueuesParts {
  readonly config: Pick<BatcherConfig, 'policy' | 'maxRows' | 'maxLatencyMs' | 'maxKeys'>;
  readonly metrics: Metrics;
  readonly room: WaitingRoom;
  readonly callRuntime: CallRuntime;
}

interface OpenQueue {
  readonly queue: BatchQueue;
  /** Counts up over all queues. */
  lastUse: number;
}

export class BatchQueues {
  readonly #parts: BatchQueuesParts;
  readonly #open = new Map<string, OpenQueue>();
  #uses = 0;
  #draining = false;

  constructor(parts: BatchQueuesParts) {
    this.#parts = parts;
  }

  /** @throws OutriggerError OVERLOADED: as many keys as may be open have requests that wait or are with the runtime. */
  open(key: string, path: InferencePath): BatchQueue {
    const known = this.#open.get(key);
    if (known !== undefined) {
      known.lastUse = ++this.#uses;
      return known.queue;
    }
    if (this.#open.size >= this.#parts.config.maxKeys) this.#makeRoom();
    const queue = this.#make(path);
    this.#open.set(key, { queue, lastUse: ++this.#uses });
    this.#count();
    return queue;
  }

  /** What waits for a model is sent. */
  flush(model: string): void {
    for (const each of this.#open.values()) if (each.queue.model === model) each.queue.flush();
  }

  /** What was learned about a model holds no longer; what is under way ends as it began. */
  forget(model: string): void {
    for (const [key, each] of this.#open) {
      if (each.queue.model !== model) continue;
      each.queue.flush();
      this.#open.delete(key);
    }
    this.#count();
  }

  drain(): void {
    this.#draining = true;
    for (const { queue } of this.#open.values()) queue.drain();
  }

  #make({ protocol, model, modelPath }: InferencePath): BatchQueue {
    const { config, metrics, room, callRuntime } = this.#parts;
    const { maxRows, maxLatencyMs } = config;
    const policy =
      config.policy === 'window'
        ? openWindowPolicy({ maxRows, maxLatencyMs })
        : openAdaptivePolicy({ maxRows, maxLatencyMs, slots: null });
    const label = readModelOf(modelPath);
    // A runtime of V2 has described its model; a name of V1 is a client's word until the runtime has answered for it.
    const mayOpen = protocol === 'v2';
    const cells = (answered: boolean) =>
      mayOpen || answered ? metrics.batching.model(label) : metrics.batching.modelIfKnown(label);
    const queue = new BatchQueue({ model, policy, room, callRuntime, metrics: cells });
    if (this.#draining) queue.drain();
    return queue;
  }

  #makeRoom(): void {
    let oldestKey: string | null = null;
    let oldestUse = Number.POSITIVE_INFINITY;
    for (const [key, { queue, lastUse }] of this.#open) {
      if (queue.idle && lastUse < oldestUse) [oldestKey, oldestUse] = [key, lastUse];
    }
    if (oldestKey !== null) {
      this.#open.delete(oldestKey);
      return;
    }
    this.#parts.metrics.batchRefused.keys.add();
    const { maxKeys } = this.#parts.config;
    throw new OutriggerError('OVERLOADED', `${maxKeys} kinds of requests wait for the runtime, which is the limit`);
  }

  #count(): void {
    this.#parts.metrics.batching.waiting.keys.set(this.#open.size);
  }
}
