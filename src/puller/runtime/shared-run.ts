// One run for all who ask before it begins: a hundred models that are loaded at once are one write and one reload.

export class SharedRun<Result> {
  readonly #act: () => Promise<Result>;
  #running: Promise<unknown> = Promise.resolve();
  /** Not begun yet. */
  #next: Promise<Result> | null = null;

  constructor(act: () => Promise<Result>) {
    this.#act = act;
  }

  /** A run that begins after this call; one at a time. @throws what the run throws */
  join(): Promise<Result> {
    this.#next ??= this.#begin(this.#running);
    return this.#next;
  }

  async #begin(before: Promise<unknown>): Promise<Result> {
    await before;
    await new Promise(setImmediate); // what was ordered in the same turn comes along
    this.#next = null;
    const run = this.#act();
    this.#running = run.catch(() => undefined); // whoever joined is told
    return run;
  }
}
