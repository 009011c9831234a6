// The latest events that the embedded sink got: bounded in number and in bytes, older ones make room.
import type { SeenPair } from './inspector/seen-pair.ts';

export interface SeenEvent {
  /** Counts up from 1. */
  readonly number: number;
  readonly attributes: Readonly<Record<string, string>>;
  /** The first of its data, of `dataBytes` that came. */
  readonly data: Buffer;
  readonly dataBytes: number;
}

/** Two of each exchange that the inspector holds. */
const maxEvents = 2000;
const maxKeptBytes = 8 * 1024 * 1024;
const maxDataBytes = 256 * 1024;

export class EventShelf {
  readonly #events: SeenEvent[] = []; // the latest last
  #bytes = 0;
  #count = 0;

  add({ attributes, data }: Pick<SeenEvent, 'attributes' | 'data'>): void {
    this.#count += 1;
    const kept = Buffer.from(data.subarray(0, maxDataBytes)); // not a view, which would hold all of its message
    this.#events.push({ number: this.#count, attributes, data: kept, dataBytes: data.length });
    this.#bytes += kept.length;
    while (this.#events.length > maxEvents || (this.#bytes > maxKeptBytes && this.#events.length > 1)) {
      this.#bytes -= (this.#events.shift() as SeenEvent).data.length;
    }
  }

  /** Since the start. */
  get count(): number {
    return this.#count;
  }

  latestFirst(max: number): readonly SeenEvent[] {
    return this.#events.slice(-max).reverse();
  }

  /** Of the exchange with that id, which a client may have used before: the latest. Null: none is held. */
  pairOf(id: string): SeenPair | null {
    const ofId = ({ attributes }: SeenEvent) => (attributes.exchangeid ?? attributes.id) === id;
    const latest = (kind: string) =>
      this.#events.findLast((event) => event.attributes.type?.endsWith(`.${kind}`) === true && ofId(event)) ?? null;
    const request = latest('request') ?? latest('exchange');
    const response = latest('response');
    return request === null && response === null ? null : { request, response };
  }
}
