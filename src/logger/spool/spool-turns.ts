// What is on its way to the disk: one message a turn of the event loop, answered in order, waited for so long and no longer.
import type { LogMetrics } from '../../log-metrics.ts';
import { SpoolDeletes } from './spool-deletes.ts';
import type { TurnMessage } from './spool-messages.ts';
import { type Addition, SpoolTurn } from './spool-turn.ts';

export interface TurnsOptions {
  /** --log-spool-wait-ms */
  readonly waitMs: number;
  readonly metrics: LogMetrics;
  readonly post: (message: TurnMessage, transfer: ArrayBuffer[]) => void;
  /** Whether a turn for deletes alone may be begun now. */
  readonly mayDelete: () => boolean;
  /** It is not on disk and not going to be. */
  readonly onUnwritten: (addition: Addition) => void;
}

interface SentTurn {
  readonly turn: SpoolTurn;
  readonly deletes: readonly number[];
}

export class SpoolTurns {
  readonly #options: TurnsOptions;
  readonly #deletes = new SpoolDeletes({ flush: () => this.#flushDeletes() });
  #turn: SpoolTurn | null = null;
  #sent: SentTurn[] = [];
  #sentBytes = 0;
  #number = 0;
  #idle: (() => void)[] = [];

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** A turn is being filled: one more event costs no message. */
  get hasBegun(): boolean {
    return this.#turn !== null;
  }

  /** Of copies of events. */
  get bytes(): number {
    return this.#sentBytes + (this.#turn?.bytes ?? 0);
  }

  get additions(): readonly Addition[] {
    return [...this.#sent.flatMap(({ turn }) => turn.additions), ...(this.#turn?.additions ?? [])];
  }

  /** Resolves when it is on disk, or is not going to be, or after waitMs. */
  add(addition: Addition, stored: Uint8Array): Promise<void> {
    this.#turn ??= this.#begin();
    this.#turn.add(addition, stored);
    return this.#turn.settled;
  }

  delete(id: number): void {
    this.#deletes.add(id);
  }

  flush(): void {
    const turn = this.#turn;
    if (turn === null) return;
    this.#turn = null;
    this.#send(turn);
  }

  /** All turns up to this one. */
  written(upTo: number): void {
    for (const { turn } of this.#answered(upTo)) this.#settle(turn);
    this.#tellIdle();
  }

  /** Infinity: all of them. */
  unwritten(upTo: number): void {
    for (const { turn, deletes } of this.#answered(upTo)) {
      // Counted once: of those that were late their answers went on without the disk already.
      if (!turn.isSettled) this.#options.metrics.unspooled('failed').add(turn.additions.length);
      this.#settle(turn);
      this.#deletes.giveBack(deletes);
      for (const addition of turn.additions) this.#options.onUnwritten(addition);
    }
    this.#tellIdle();
  }

  /** Sends what there is; calls back when all of it has been answered. */
  settle(done: () => void): void {
    this.flush();
    if (!this.#deletes.isEmpty && this.#options.mayDelete()) this.#send(this.#newTurn());
    this.#idle.push(done);
    this.#tellIdle();
  }

  stop(): void {
    this.#deletes.stop();
  }

  #begin(): SpoolTurn {
    const turn = this.#newTurn();
    setImmediate(() => {
      if (this.#turn === turn) this.flush();
    });
    const timer = setTimeout(() => this.#late(turn), this.#options.waitMs);
    turn.settled.then(() => clearTimeout(timer));
    return turn;
  }

  #newTurn(): SpoolTurn {
    this.#number += 1;
    return new SpoolTurn(this.#number);
  }

  #send(turn: SpoolTurn): void {
    const deletes = this.#deletes.takeAll();
    this.#sent.push({ turn, deletes });
    this.#sentBytes += turn.bytes;
    const message = turn.message(deletes);
    this.#options.post(message, [message.data.buffer]);
  }

  #flushDeletes(): void {
    if (this.#turn !== null || this.#deletes.isEmpty || !this.#options.mayDelete()) return;
    this.#send(this.#newTurn());
  }

  #answered(upTo: number): readonly SentTurn[] {
    const next = this.#sent.findIndex(({ turn }) => turn.number > upTo);
    const answered = this.#sent.splice(0, next === -1 ? this.#sent.length : next);
    for (const { turn } of answered) this.#sentBytes -= turn.bytes;
    return answered;
  }

  #late(turn: SpoolTurn): void {
    if (turn.isSettled) return;
    this.#options.metrics.unspooled('late').add(turn.additions.length);
    this.#settle(turn);
  }

  #settle(turn: SpoolTurn): void {
    if (turn.isSettled) return;
    const waitedSeconds = (performance.now() - turn.startedMs) / 1000;
    for (let nth = 0; nth < turn.additions.length; nth += 1) {
      this.#options.metrics.spoolWaitSeconds.observe(waitedSeconds);
    }
    turn.settle();
  }

  #tellIdle(): void {
    if (this.#sent.length > 0 || this.#turn !== null) return;
    const waiting = this.#idle;
    this.#idle = [];
    for (const done of waiting) done();
  }
}
