// What many pulls can share, such as a client with its credentials: opened once, and closed some time after its last user went.

/** One user's hold on a shared part. */
export interface Borrowed<Part> extends AsyncDisposable {
  readonly part: Part;
  /** It may be at fault: whoever comes next gets a new one. Those who have it keep it. */
  retire(): void;
  /** Gives it back. Twice is harmless. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Where parts are borrowed. */
export interface Lender {
  /** `key`: whatever makes two parts differ, the kind of part among it. @throws what `open` throws, which then opened nothing */
  borrow<Part extends AsyncDisposable>(key: string, open: () => Part | Promise<Part>): Promise<Borrowed<Part>>;
}

/** Who borrows of it has the part alone. */
export const alone: Lender = {
  borrow: async (_key, open) => {
    const part = await open();
    return { part, retire: () => undefined, [Symbol.asyncDispose]: async () => part[Symbol.asyncDispose]() };
  },
};

interface Shelf {
  readonly opening: Promise<AsyncDisposable>;
  users: number;
  retired: boolean;
  idleTimer: NodeJS.Timeout | null;
}

export class Kept implements Lender, AsyncDisposable {
  readonly #idleMs: number;
  readonly #shelves = new Map<string, Shelf>();
  #closed = false;

  /** `idleMs`: how long a part without users is kept for the next one. */
  constructor({ idleMs }: { readonly idleMs: number }) {
    this.#idleMs = idleMs;
  }

  async borrow<Part extends AsyncDisposable>(key: string, open: () => Part | Promise<Part>): Promise<Borrowed<Part>> {
    const shelf = this.#shelves.get(key) ?? this.#fill(key, async () => open());
    this.#stopTimer(shelf);
    shelf.users += 1;
    try {
      const part = (await shelf.opening) as Part; // one key, one kind
      return this.#lend(key, shelf, part);
    } catch (error) {
      this.#retire(key, shelf);
      throw error;
    }
  }

  /** Parts without users are closed, the others when their last user gives them back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const idle = [...this.#shelves.values()].filter(({ users }) => users === 0);
    for (const [key, shelf] of this.#shelves) this.#retire(key, shelf);
    await Promise.all(idle.map(close));
  }

  #fill(key: string, open: () => Promise<AsyncDisposable>): Shelf {
    const shelf = { opening: open(), users: 0, retired: this.#closed, idleTimer: null };
    if (!this.#closed) this.#shelves.set(key, shelf);
    return shelf;
  }

  #lend<Part>(key: string, shelf: Shelf, part: Part): Borrowed<Part> {
    let returned = false;
    return {
      part,
      retire: () => this.#retire(key, shelf),
      [Symbol.asyncDispose]: async () => {
        if (returned) return;
        returned = true;
        await this.#takeBack(key, shelf);
      },
    };
  }

  async #takeBack(key: string, shelf: Shelf): Promise<void> {
    shelf.users -= 1;
    if (shelf.users > 0) return;
    if (shelf.retired) {
      await close(shelf);
      return;
    }
    shelf.idleTimer = setTimeout(() => {
      this.#retire(key, shelf);
      void close(shelf).catch(() => undefined); // nobody is left to be told
    }, this.#idleMs);
    shelf.idleTimer.unref();
  }

  #retire(key: string, shelf: Shelf): void {
    shelf.retired = true;
    this.#stopTimer(shelf);
    if (this.#shelves.get(key) === shelf) this.#shelves.delete(key);
  }

  #stopTimer(shelf: Shelf): void {
    if (shelf.idleTimer !== null) clearTimeout(shelf.idleTimer);
    shelf.idleTimer = null;
  }
}

async function close({ opening }: Shelf): Promise<void> {
  const part = await opening;
  await part[Symbol.asyncDispose]();
}
