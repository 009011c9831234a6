// What is held of the exchanges that went by: bounded in number and in bytes. Older bodies make room first, then older lines.
import type { ProxyRequest } from '../../http/exchange.ts';
import type { InspectionLimits } from './api.ts';
import type { Clock } from './clock.ts';
import { RecentCount } from './recent-count.ts';
import { SeenExchange } from './seen-exchange.ts';
import { TokenBucket } from './token-bucket.ts';

export interface ShelfBounds {
  /** That ended. Those that run are bounded by the connections that the agent takes. */
  readonly maxExchanges: number;
  readonly maxBytes: number;
  readonly maxKeptPerSecond: number;
}

export const standardBounds: ShelfBounds = { maxExchanges: 1000, maxBytes: 32 * 1024 * 1024, maxKeptPerSecond: 100 };

export interface ShelfPage {
  readonly cursor: number;
  /** The oldest first. */
  readonly ended: readonly SeenExchange[];
  readonly running: readonly SeenExchange[];
  readonly skipped: number;
}

const maxListed = 200;
const maxListedRunning = 50;

export class ExchangeShelf {
  readonly #bounds: ShelfBounds;
  readonly #clock: Clock;
  readonly #byId = new Map<number, SeenExchange>(); // all of them
  readonly #running = new Map<number, SeenExchange>(); // in order of arrival
  readonly #ended: (SeenExchange | undefined)[]; // a ring: the n-th to end stands at n % maxExchanges
  readonly #tokens: TokenBucket;
  readonly #endings = new RecentCount();
  readonly #keptEndings = new RecentCount();
  #lastId = 0;
  #lastEnded = 0;
  #emptied = 0; // those that ended up to here have no bodies any more
  #heldBytes = 0;

  constructor(bounds: ShelfBounds, clock: Clock) {
    this.#bounds = bounds;
    this.#clock = clock;
    this.#ended = new Array(bounds.maxExchanges).fill(undefined);
    this.#tokens = new TokenBucket(bounds.maxKeptPerSecond, clock.monotonicMs());
  }

  open(request: ProxyRequest): SeenExchange {
    const arrivedMs = this.#clock.monotonicMs();
    const id = ++this.#lastId;
    const reserve = this.#tokens.take(arrivedMs) ? (bytes: number) => this.#reserve(id, bytes) : null;
    const seen = new SeenExchange(request, { id, atMs: this.#clock.epochMs(), arrivedMs, reserve });
    this.#byId.set(id, seen);
    this.#running.set(id, seen);
    return seen;
  }

  /** Call it once for each. */
  ended(seen: SeenExchange): void {
    const nowMs = this.#clock.monotonicMs();
    this.#running.delete(seen.id);
    this.#lastEnded += 1;
    const place = this.#lastEnded % this.#bounds.maxExchanges;
    const oldest = this.#ended[place];
    if (oldest !== undefined) {
      this.#heldBytes -= oldest.dropBodies();
      this.#byId.delete(oldest.id);
    }
    this.#ended[place] = seen;
    this.#endings.add(nowMs);
    if (seen.kept) this.#keptEndings.add(nowMs);
  }

  byId(id: number): SeenExchange | undefined {
    return this.#byId.get(id);
  }

  /** `cursor`: of the page before; 0, or one of an agent that is gone: from the start. */
  after(cursor: number): ShelfPage {
    const after = cursor > this.#lastEnded ? 0 : cursor;
    const from = Math.max(after, this.#lastEnded - Math.min(maxListed, this.#bounds.maxExchanges));
    const ended: SeenExchange[] = [];
    for (let nth = from + 1; nth <= this.#lastEnded; nth += 1) {
      ended.push(this.#ended[nth % this.#bounds.maxExchanges] as SeenExchange);
    }
    return { cursor: this.#lastEnded, ended, running: this.#oldestRunning(), skipped: from - after };
  }

  limits(): InspectionLimits {
    const nowMs = this.#clock.monotonicMs();
    return {
      ...this.#bounds,
      heldExchanges: this.#byId.size,
      heldBytes: this.#heldBytes,
      perSecond: this.#endings.perSecond(nowMs),
      keptPerSecond: this.#keptEndings.perSecond(nowMs),
    };
  }

  #oldestRunning(): readonly SeenExchange[] {
    const oldest: SeenExchange[] = [];
    for (const seen of this.#running.values()) {
      if (oldest.push(seen) === maxListedRunning) break;
    }
    return oldest;
  }

  /** When those that run hold all there is, the one that wants more goes without. */
  #reserve(id: number, bytes: number): boolean {
    while (this.#heldBytes + bytes > this.#bounds.maxBytes && this.#emptied < this.#lastEnded) {
      this.#emptied = Math.max(this.#emptied + 1, this.#lastEnded - this.#bounds.maxExchanges + 1);
      this.#heldBytes -= this.#ended[this.#emptied % this.#bounds.maxExchanges]?.dropBodies() ?? 0;
    }
    if (this.#heldBytes + bytes <= this.#bounds.maxBytes) {
      this.#heldBytes += bytes;
      return true;
    }
    this.#heldBytes -= this.#byId.get(id)?.dropBodies() ?? 0;
    return false;
  }
}
