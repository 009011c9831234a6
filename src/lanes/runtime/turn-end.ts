// Waits for what a turn of the event loop still brings to connections that lay idle, once for all of them.

export interface TurnWaiter {
  turnEnded(): void;
}

/**
 * FIN, RST or bytes that nobody asked for may wait in the kernel when an idle connection is taken: they are read before the request
 * is written, so that it goes elsewhere instead (as undici does, GHSA-35p6-xmwp-9g52).
 */
export class TurnEnd {
  #waiters: TurnWaiter[] = [];

  wait(waiter: TurnWaiter): void {
    if (this.#waiters.push(waiter) === 1) setImmediate(this.#end);
  }

  readonly #end = (): void => {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.turnEnded();
  };
}
