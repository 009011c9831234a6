// Tells connections that lay idle when a turn of the event loop has brought them all that it will, once for all of them.

export interface TurnWaiter {
  turnEnded(): void;
}

/**
 * FIN, RST or bytes that nobody asked for may wait in the kernel when an idle connection is taken; bytes must never be taken for the
 * answer to the request that is written next (as undici does not, GHSA-35p6-xmwp-9g52). There are two ways to be sure:
 *
 * 1. The request waits until the poll phase of the turn is over: by then they were read, and it goes elsewhere instead.
 * 2. It is written at once, and all that its connection reads until the end of the turn is stale. This holds inside a read
 *    (../read-moment.ts): libuv polled before it, and reads in this turn only what was ready then, which is before the request was
 *    written. The connection is lost, and the request goes once more on a new one.
 *
 * The second saves a turn for each request. It needs a request that may be sent twice, and a turn in which libuv reads nothing that
 * became ready later. It does so in two cases (deps/uv/src/unix): a connection whose read filled its buffer is read again (stream.c,
 * uv__read), and behind a poll that found 1,024 connections ready it polls once more (linux.c, uv__io_poll).
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
