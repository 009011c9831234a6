// Room for bytes, handed out first come first served; when there is none, others are told to go (victims.ts says who).
import { OutriggerError } from '../../errors.ts';
import { showBytes } from '../../show-bytes.ts';
import type { Budget, BudgetHolder, BudgetParts } from './budget.ts';
import { byLeastUse, type Candidate, planVictims } from './victims.ts';

interface Holding {
  bytes: number;
  /** It was told to go, so its bytes are coming. */
  going: boolean;
}

interface Waiter extends BudgetHolder {
  readonly enter: () => void;
}

export function openBudget(parts: BudgetParts): Budget {
  return new ByteBudget(parts);
}

class ByteBudget implements Budget {
  readonly #parts: BudgetParts;
  readonly #holdings = new Map<string, Holding>();
  /** In order of arrival. */
  readonly #waiters = new Set<Waiter>();
  #usedBytes = 0;
  /** Of those who are going. */
  #comingBytes = 0;
  /** More must go than may. */
  #short = false;

  constructor(parts: BudgetParts) {
    this.#parts = parts;
  }

  get maxBytes(): number {
    return this.#parts.maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  holds(name: string): boolean {
    return this.#holdings.has(name);
  }

  tryReserve(holder: BudgetHolder): boolean {
    const missing = holder.bytes - this.#heldBy(holder.name);
    if (missing > 0 && (this.#waiters.size > 0 || missing > this.#freeBytes)) return false;
    const stays = this.#stay(holder.name);
    this.#hold(holder);
    if (stays || missing < 0) this.#serve();
    return true;
  }

  async reserve(holder: BudgetHolder, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (holder.bytes > this.maxBytes) throw tooLarge(holder, this.#parts);
    if (this.tryReserve(holder)) return;
    await this.#wait(holder, signal);
  }

  take({ name, bytes }: BudgetHolder): void {
    const holding = this.#holdings.get(name) ?? { bytes: 0, going: false };
    const more = bytes - holding.bytes;
    this.#holdings.set(name, holding);
    if (more === 0) return;
    holding.bytes = bytes;
    this.#usedBytes += more;
    if (holding.going) this.#comingBytes += more;
    this.#serve();
  }

  stay(name: string): void {
    if (this.#stay(name)) this.#serve();
  }

  free(name: string): void {
    const holding = this.#holdings.get(name);
    if (holding === undefined) return;
    this.#holdings.delete(name);
    this.#usedBytes -= holding.bytes;
    if (holding.going) this.#comingBytes -= holding.bytes;
    this.#serve();
  }

  reconsider(): void {
    if (this.#short) this.#serve(); // else all who wait have their bytes coming
  }

  get #freeBytes(): number {
    return this.maxBytes - this.#usedBytes;
  }

  #heldBy(name: string): number {
    return this.#holdings.get(name)?.bytes ?? 0;
  }

  /** Bytes that it needs beyond those that it will still hold. */
  #missing({ name, bytes }: BudgetHolder): number {
    return this.#isGoing(name) ? bytes : bytes - this.#heldBy(name);
  }

  #isGoing(name: string): boolean {
    return this.#holdings.get(name)?.going === true;
  }

  /** Only for one that is not going. */
  #hold({ name, bytes }: BudgetHolder): void {
    this.#usedBytes += bytes - this.#heldBy(name);
    this.#holdings.set(name, { bytes, going: false });
  }

  /** Its owner reserves for it again, so it does not go: its bytes are not coming. False: it was not going. */
  #stay(name: string): boolean {
    const holding = this.#holdings.get(name);
    if (!holding?.going) return false;
    holding.going = false;
    this.#comingBytes -= holding.bytes;
    return true;
  }

  #wait(holder: BudgetHolder, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiters.delete(waiter);
        reject(signal.reason as Error);
        this.#serve(); // it may have stood before somebody who needs less
      };
      const waiter: Waiter = {
        ...holder,
        enter: () => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#stay(holder.name);
      this.#waiters.add(waiter);
      this.#serve();
    });
  }

  /** Lets in who has room, then makes room for the others. */
  #serve(): void {
    for (const waiter of this.#waiters) {
      if (this.#isGoing(waiter.name) || this.#missing(waiter) > this.#freeBytes) break;
      this.#waiters.delete(waiter);
      this.#hold(waiter);
      waiter.enter();
    }
    for (const { name, holding } of this.#planRoom()) {
      // The owner of one that was told before may have freed this one too, or had it stay.
      if (this.#holdings.get(name) === holding && holding.going) this.#parts.pushOut(name);
    }
  }

  /** Marks all who have to go before anybody hears of it: an owner may call back at once. */
  #planRoom(): readonly Victim[] {
    const told: Victim[] = [];
    let roomBytes = this.#freeBytes + this.#comingBytes;
    let candidates: readonly Victim[] | null = null;
    this.#short = false;
    if (roomBytes < 0) {
      candidates = this.#candidates(); // it was not asked for: `take`
      roomBytes += this.#mark(planVictims(candidates, -roomBytes), told);
      this.#short = roomBytes < 0;
    }
    for (const waiter of this.#waiters) {
      roomBytes -= this.#missing(waiter);
      if (roomBytes >= 0) continue;
      candidates = (candidates ?? this.#candidates()).filter(({ holding }) => !holding.going);
      roomBytes += this.#mark(planVictims(candidates, -roomBytes), told);
      if (roomBytes < 0) roomBytes += this.#mark(planVictims(this.#lastResort(waiter), -roomBytes), told);
      this.#short = roomBytes < 0;
      if (this.#short) break; // nobody goes for those behind it while it waits
    }
    return told;
  }

  #mark(victims: readonly Victim[], told: Victim[]): number {
    let bytes = 0;
    for (const { holding } of victims) {
      holding.going = true;
      bytes += holding.bytes;
    }
    this.#comingBytes += bytes;
    told.push(...victims);
    return bytes;
  }

  /** Whoever is waited for does not go for others who wait. */
  #candidates(): readonly Victim[] {
    const waited = this.#waited();
    return this.#whoMayGo((name) => !waited.has(name));
  }

  /**
   * Two that hold bytes and wait for more, with nobody else to go, would wait for each other for ever: the first in line wins. The
   * other one loses what it holds, then still waits.
   */
  #lastResort(waiter: Waiter): readonly Victim[] {
    const [first] = this.#waiters;
    const waited = this.#waited();
    const others = [...this.#holdings].some(([name, { going, bytes }]) => !going && bytes > 0 && !waited.has(name));
    return waiter !== first || others ? [] : this.#whoMayGo((name) => name !== waiter.name);
  }

  #waited(): ReadonlySet<string> {
    return new Set([...this.#waiters].map(({ name }) => name));
  }

  #whoMayGo(counts: (name: string) => boolean): readonly Victim[] {
    const { mayGo, useOf } = this.#parts;
    const victims: Victim[] = [];
    for (const [name, holding] of this.#holdings) {
      if (holding.going || holding.bytes === 0 || !counts(name) || !mayGo(name)) continue;
      victims.push({ name, holding, bytes: holding.bytes, use: useOf(name) });
    }
    return byLeastUse(victims);
  }
}

interface Victim extends Candidate {
  readonly holding: Holding;
}

function tooLarge({ name, bytes }: BudgetHolder, { maxBytes, option }: BudgetParts): OutriggerError {
  const [wanted, there] = [showBytes(bytes), showBytes(maxBytes)];
  const exactly = wanted === there ? ` (${bytes} of ${maxBytes} bytes)` : '';
  return new OutriggerError('MODEL_TOO_LARGE', `model ${name} needs ${wanted}, ${option} is ${there}${exactly}`);
}
