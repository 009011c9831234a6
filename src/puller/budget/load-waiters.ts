// Requests that wait for their model: those of one model share its load; each waits for so long, and of all models so many.
import { OutriggerError } from '../../errors.ts';

export interface LoadWaitersParts {
  /** How long each request waits, from its own arrival; at most 2^31 - 1. */
  readonly waitMs: number;
  /** Requests at once, of all models. */
  readonly maxWaiting: number;
}

export interface LoadWait {
  /** The client of this request went away. */
  readonly gone: AbortSignal;
  /** Why the model does not serve, asked when the time is over. */
  readonly reason: () => string;
}

interface Waiter {
  /** Leaves no timer and no listener behind; null: the model serves. */
  readonly leave: (error: Error | null) => void;
}

export class LoadWaiters {
  readonly #parts: LoadWaitersParts;
  /** In order of arrival; only models that somebody waits for. */
  readonly #byModel = new Map<string, Set<Waiter>>();
  #size = 0;

  constructor(parts: LoadWaitersParts) {
    this.#parts = parts;
  }

  /** Requests that wait, for whatever model. */
  get size(): number {
    return this.#size;
  }

  /** One more is refused. */
  get isFull(): boolean {
    return this.#size >= this.#parts.maxWaiting;
  }

  isAwaited(model: string): boolean {
    return this.#byModel.has(model);
  }

  /**
   * Resolves by `settle`.
   * @throws OutriggerError OVERLOADED (at once), MODEL_NOT_READY (waitMs are over), CLIENT_GONE; what `fail` was given
   */
  async wait(model: string, { gone, reason }: LoadWait): Promise<void> {
    if (gone.aborted) throw clientGone();
    const { waitMs, maxWaiting } = this.#parts;
    if (this.isFull) {
      throw new OutriggerError('OVERLOADED', `${maxWaiting} requests wait for models already: try again later`);
    }
    await new Promise<void>((resolve, reject) => {
      const leave = (error: Error | null): void => {
        this.#remove(model, waiter);
        clearTimeout(timer);
        gone.removeEventListener('abort', clientLeft);
        if (error === null) resolve();
        else reject(error);
      };
      const waiter: Waiter = { leave };
      const clientLeft = (): void => leave(clientGone());
      const timer = setTimeout(() => leave(new OutriggerError('MODEL_NOT_READY', reason())), waitMs);
      gone.addEventListener('abort', clientLeft, { once: true });
      this.#add(model, waiter);
    });
  }

  /** The model serves: all who wait for it go on. */
  settle(model: string): void {
    this.#letGo(model, null);
  }

  /** It will not serve for now: the error is for all who wait for it, not for those who come later. */
  fail(model: string, error: Error): void {
    this.#letGo(model, error);
  }

  #letGo(model: string, error: Error | null): void {
    for (const waiter of [...(this.#byModel.get(model) ?? [])]) waiter.leave(error);
  }

  #add(model: string, waiter: Waiter): void {
    const waiters = this.#byModel.get(model);
    if (waiters === undefined) this.#byModel.set(model, new Set([waiter]));
    else waiters.add(waiter);
    this.#size += 1;
  }

  #remove(model: string, waiter: Waiter): void {
    const waiters = this.#byModel.get(model);
    if (!waiters?.delete(waiter)) return;
    if (waiters.size === 0) this.#byModel.delete(model);
    this.#size -= 1;
  }
}

function clientGone(): OutriggerError {
  return new OutriggerError('CLIENT_GONE', 'the client left while its request waited for its model');
}
