// Who a request comes from, as far as a stage may know: one connection, on which a stage may remember something while it is open.

/** What a stage keeps about a client. */
export interface ClientMemory {
  /** The connection ended, or the memory was given up for a newer one. Called once. */
  clientGone(): void;
}

/** Memories of one client at once; one more takes the place of the one that was not asked for the longest. */
const maxMemories = 16;

export class Client {
  /** Many requests at once may come over it (HTTP/2): the next one is not the answer to the last. */
  readonly multiplexed: boolean;
  readonly #memories = new Map<object, ClientMemory>(); // in order of last use
  #gone = false;

  constructor(multiplexed: boolean) {
    this.multiplexed = multiplexed;
  }

  /** What `owner` keeps about this client; made on first use, and again when it was given up meanwhile. */
  recall<Memory extends ClientMemory>(owner: object, make: () => Memory): Memory {
    const known = this.#memories.get(owner);
    if (known !== undefined) {
      if (this.#memories.size > 1) {
        this.#memories.delete(owner);
        this.#memories.set(owner, known);
      }
      return known as Memory;
    }
    const made = make();
    if (this.#gone) made.clientGone();
    else this.#remember(owner, made);
    return made;
  }

  /** Called by the server end when the connection is closed; twice is harmless. */
  close(): void {
    this.#gone = true;
    for (const memory of this.#memories.values()) memory.clientGone();
    this.#memories.clear();
  }

  #remember(owner: object, memory: ClientMemory): void {
    if (this.#memories.size >= maxMemories) {
      const [oldest, forgotten] = this.#memories.entries().next().value as [object, ClientMemory];
      this.#memories.delete(oldest);
      forgotten.clientGone();
    }
    this.#memories.set(owner, memory);
  }
}
