// How many connections may each of several pulls have? Together no more than one of them alone, and what one leaves the others use.

/** So that none of them stands still. */
const fewest = 2;

/** Of one download, from its first connection to its last. */
export interface ConnectionSeat extends Disposable {
  /** To be told whenever it changes. */
  inUse: number;
  /** Of these it should have no more now: its fair share, or all that the others leave. */
  most(maxConnections: number): number;
}

export class ConnectionShare {
  readonly #seats = new Set<ConnectionSeat>();

  join(): ConnectionSeat {
    const seat: ConnectionSeat = {
      inUse: 0,
      most: (maxConnections) => this.#most(seat, maxConnections),
      [Symbol.dispose]: () => void this.#seats.delete(seat),
    };
    this.#seats.add(seat);
    return seat;
  }

  #most(own: ConnectionSeat, maxConnections: number): number {
    let others = 0;
    for (const seat of this.#seats) if (seat !== own) others += seat.inUse;
    const fair = Math.floor(maxConnections / this.#seats.size);
    return Math.max(Math.min(fewest, maxConnections), fair, maxConnections - others);
  }
}
