// How many there were in the last ten seconds: a count a second, no timer.

const windowSeconds = 10;

export class RecentCount {
  readonly #counts = new Uint32Array(windowSeconds);
  #second = 0; // that the newest count stands for

  add(nowMs: number): void {
    const second = this.#moveTo(nowMs);
    this.#counts[second % windowSeconds] = (this.#counts[second % windowSeconds] as number) + 1;
  }

  /** Mean of the last nine seconds and of what there was of this one. */
  perSecond(nowMs: number): number {
    const second = this.#moveTo(nowMs);
    const seconds = windowSeconds - 1 + nowMs / 1000 - second;
    return this.#counts.reduce((sum, count) => sum + count, 0) / seconds;
  }

  #moveTo(nowMs: number): number {
    const second = Math.floor(nowMs / 1000);
    const from = Math.max(this.#second + 1, second - windowSeconds + 1);
    for (let passed = from; passed <= second; passed += 1) this.#counts[passed % windowSeconds] = 0;
    this.#second = second;
    return second;
  }
}
