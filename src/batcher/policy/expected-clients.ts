// Who was just answered and may be back soon? Each client has its own chance, learned from whether it came back in time.

/** What the policy remembers of one client; see `ReleasePolicy`. */
export interface Client {
  /** The chance that it returns within the horizon of an answer; null: it has not sent anything yet. */
  chance: number | null;
  due: Debt | null;
  closed: boolean;
}

/** An answered request whose client has not returned; in the order of the answers. */
interface Debt {
  readonly client: Client;
  readonly answeredMs: number;
  readonly rows: number;
  readonly chance: number;
  live: boolean;
}

const gainRate = 0.3;
const lossFactor = 0.5; // clients of an open loop are near 0 after three answers
const meanRate = 0.02;
const firstChance = 0.5;
/** Dead debts in front are cut off at once so many are there, so that each is moved a bounded number of times. */
const trimAt = 64;

export class ExpectedClients {
  readonly #debts: Debt[] = [];
  #first = 0; // debts before it are settled
  #meanChance = firstChance;
  #rows = 0; // of the debts that live
  #expectedRows = 0; // the same, each times its chance
  #sureRows = 0; // the same, each times the square of its chance
  #open = 0;

  /** Rows that are likely to come: sum of chance * rows. */
  get expectedRows(): number {
    return this.#expectedRows;
  }

  /**
   * The chance of one that is expected: the mean weighted by what each brings. A plain mean would let a crowd that never
   * comes back (an open loop beside a closed one) hide those that always do.
   */
  get probability(): number {
    return this.#expectedRows === 0 ? 0 : this.#sureRows / this.#expectedRows;
  }

  /** Clients that are there. */
  get count(): number {
    return this.#open;
  }

  /** Debts that are remembered, settled ones included. */
  get size(): number {
    return this.#debts.length;
  }

  open(): Client {
    this.#open++;
    return { chance: null, due: null, closed: false };
  }

  close(client: Client): void {
    this.#open--;
    client.closed = true;
    if (client.due !== null) this.#missed(client.due);
  }

  /** How long after its answer it came (ms); null: nobody had been waiting for it. */
  arrived(nowMs: number, client: Client): number | null {
    client.chance ??= this.#meanChance;
    const { due } = client;
    if (due === null) return null;
    this.#settle(due);
    client.chance += gainRate * (1 - client.chance);
    this.#meanChance += meanRate * (1 - this.#meanChance);
    return nowMs - due.answeredMs;
  }

  answered(nowMs: number, client: Client, rows: number): void {
    if (client.due !== null) this.#settle(client.due);
    if (client.closed) return;
    const debt: Debt = { client, answeredMs: nowMs, rows, chance: client.chance ?? this.#meanChance, live: true };
    client.due = debt;
    this.#debts.push(debt);
    this.#rows += rows;
    this.#expectedRows += debt.chance * rows;
    this.#sureRows += debt.chance ** 2 * rows;
  }

  /** Gives up those that were answered `horizonMs` ago. */
  expire(nowMs: number, horizonMs: number): void {
    for (; this.#first < this.#debts.length; this.#first++) {
      const debt = this.#debts[this.#first] as Debt;
      if (!debt.live) continue;
      if (nowMs - debt.answeredMs < horizonMs) break;
      this.#missed(debt);
    }
    if (this.#first < trimAt || this.#first * 2 < this.#debts.length) return;
    this.#debts.splice(0, this.#first);
    this.#first = 0;
  }

  #missed(debt: Debt): void {
    this.#settle(debt);
    debt.client.chance = debt.chance * lossFactor;
    this.#meanChance *= 1 - meanRate;
  }

  #settle(debt: Debt): void {
    debt.live = false;
    debt.client.due = null;
    this.#rows -= debt.rows;
    // Sums of fractions drift; rows are whole, and say when there is nothing left.
    const nobody = this.#rows === 0;
    this.#expectedRows = nobody ? 0 : Math.max(0, this.#expectedRows - debt.chance * debt.rows);
    this.#sureRows = nobody ? 0 : Math.max(0, this.#sureRows - debt.chance ** 2 * debt.rows);
  }
}
