// Connections outlive the pull that opened them: an idle lane goes to the next who asks the same host, for a while.
import type { Reach, StoreRequest } from '../object-store.ts';
import type { AnswerReceiver, HttpClient, HttpLane } from './http-client.ts';

/** A lane that says where it could be used again. */
export interface ReusableLane extends HttpLane {
  /** Of the idle connection it has; null: none, or it is busy. */
  readonly idleAt: string | null;
  /** Where a request would go, in the same words; null: nowhere. */
  placeOf(url: URL): string | null;
}

export interface LanePoolOptions {
  readonly openLane: (reach: Reach) => ReusableLane;
  readonly idleMs: number;
  /** Over all hosts; beyond, the one that was given back is closed. */
  readonly maxIdle: number;
}

interface IdleLane {
  readonly lane: ReusableLane;
  readonly timer: NodeJS.Timeout;
}

export class LanePool implements HttpClient, AsyncDisposable {
  readonly #options: LanePoolOptions;
  /** By reach and place, those given back last at the end. */
  readonly #idle = new Map<string, IdleLane[]>();
  #count = 0;
  #closed = false;

  constructor(options: LanePoolOptions) {
    this.#options = options;
  }

  openLane(reach: Reach): HttpLane {
    return new PooledLane(
      (url) => this.#take(reach, url),
      (lane) => this.#giveBack(reach, lane),
    );
  }

  /** Lanes in use are closed when they are given back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const lanes of this.#idle.values()) {
      for (const { lane, timer } of lanes) {
        clearTimeout(timer);
        lane.close();
      }
    }
    this.#idle.clear();
    this.#count = 0;
  }

  #take(reach: Reach, url: URL): ReusableLane {
    const fresh = this.#options.openLane(reach);
    const place = fresh.placeOf(url);
    const lanes = this.#idle.get(`${reach} ${place}`);
    for (let idle = lanes?.pop(); idle !== undefined; idle = lanes?.pop()) {
      clearTimeout(idle.timer);
      this.#count -= 1;
      if (idle.lane.idleAt === place) return idle.lane; // else it was closed by the other side meanwhile
    }
    return fresh;
  }

  #giveBack(reach: Reach, lane: ReusableLane): void {
    const place = lane.idleAt;
    if (this.#closed || place === null || this.#count >= this.#options.maxIdle) {
      lane.close();
      return;
    }
    const key = `${reach} ${place}`;
    const lanes = this.#idle.get(key) ?? [];
    this.#idle.set(key, lanes);
    const timer = setTimeout(() => this.#drop(key, lane), this.#options.idleMs);
    timer.unref();
    lanes.push({ lane, timer });
    this.#count += 1;
  }

  #drop(key: string, lane: ReusableLane): void {
    const lanes = this.#idle.get(key) ?? [];
    const at = lanes.findIndex((idle) => idle.lane === lane);
    if (at < 0) return;
    lanes.splice(at, 1);
    if (lanes.length === 0) this.#idle.delete(key);
    this.#count -= 1;
    lane.close();
  }
}

/** Has a lane from its first request until it is closed. */
class PooledLane implements HttpLane {
  readonly #take: (url: URL) => ReusableLane;
  readonly #giveBack: (lane: ReusableLane) => void;
  #lane: ReusableLane | null = null;

  constructor(take: (url: URL) => ReusableLane, giveBack: (lane: ReusableLane) => void) {
    this.#take = take;
    this.#giveBack = giveBack;
  }

  fetch(request: StoreRequest, receiver: AnswerReceiver): () => void {
    this.#lane ??= this.#take(request.url);
    return this.#lane.fetch(request, receiver);
  }

  close(): void {
    const lane = this.#lane;
    this.#lane = null;
    if (lane !== null) this.#giveBack(lane);
  }
}
