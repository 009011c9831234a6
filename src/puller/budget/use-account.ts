// How much is each model used? Uses counted, each worth less the longer it is ago; every model has an account, in memory or not.

/** What a use is worth halves with every so many requests (to any model) for each model that was ever asked for. */
const halfLifePerModel = 2;

interface Account {
  uses: number; // as of `at`
  at: number;
}

/**
 * LRFU (Lee et al., IEEE Transactions on Computers 50, 2001) with the age in requests, so a quiet night forgets nothing. Since the
 * account outlives the model's stay in memory, a scan over all models, one use each, moves none that is used again and again:
 * bench/residency compares it with LRU, LFU, LRU-2, 2Q, SLRU, S3-FIFO, GDSF and with the best possible.
 */
export class UseAccount {
  readonly #accounts = new Map<string, Account>();
  /** Uses of all models so far: the clock. */
  #now = 0;

  /** One more use, of one more request. */
  note(name: string): void {
    this.#now += 1;
    const account = this.#accounts.get(name);
    if (account === undefined) {
      this.#accounts.set(name, { uses: 1, at: this.#now });
      return;
    }
    account.uses = this.#usesOf(account) + 1;
    account.at = this.#now;
  }

  /** Uses, those of long ago as fractions; 0: none that is remembered. To be compared at one moment, with no use between. */
  useOf(name: string): number {
    const account = this.#accounts.get(name);
    return account === undefined ? 0 : this.#usesOf(account);
  }

  /** The model left models.json. */
  forget(name: string): void {
    this.#accounts.delete(name);
  }

  /** Accounts. */
  get size(): number {
    return this.#accounts.size;
  }

  #usesOf({ uses, at }: Account): number {
    return uses * 2 ** ((at - this.#now) / (halfLifePerModel * this.#accounts.size));
  }
}
