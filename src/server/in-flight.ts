// What is being answered at this moment. Not a Set: V8 chains each table that a Set has outgrown to the next one, and such a chain,
// once old, keeps everything that was ever in it alive until a full collection (measured: 25 ms instead of 1.5 ms a scavenge).

export class InFlightList<Exchange> implements Iterable<Exchange> {
  readonly #exchanges: Exchange[] = []; // in no order

  get size(): number {
    return this.#exchanges.length;
  }

  add(exchange: Exchange): void {
    this.#exchanges.push(exchange);
  }

  delete(exchange: Exchange): void {
    const at = this.#exchanges.indexOf(exchange);
    if (at < 0) return;
    const last = this.#exchanges.pop() as Exchange;
    if (last !== exchange) this.#exchanges[at] = last;
  }

  [Symbol.iterator](): Iterator<Exchange> {
    return this.#exchanges[Symbol.iterator]();
  }
}
