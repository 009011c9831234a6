// Who has to stop when a download ends before its time. Beside an AbortSignal, whose every listener is compared with all others.

export class Ending {
  readonly #stops = new Set<() => void>();
  #over = false;

  get over(): boolean {
    return this.#over;
  }

  /** Called once when the download ends; at once when it has. */
  add(stop: () => void): void {
    if (this.#over) stop();
    else this.#stops.add(stop);
  }

  delete(stop: () => void): void {
    this.#stops.delete(stop);
  }

  end(): void {
    this.#over = true;
    for (const stop of this.#stops) stop();
    this.#stops.clear();
  }
}
