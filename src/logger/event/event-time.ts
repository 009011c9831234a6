// Moments as RFC 3339 writes them, for every event: the text up to the second is kept, since the next event mostly shares it.

export class EventTimes {
  #second = Number.NaN;
  #upToSecond = '';

  /** `epochMs` as `2026-11-21T18:35:49.123Z`. */
  write(epochMs: number): string {
    const wholeMs = Math.floor(epochMs);
    const second = Math.floor(wholeMs / 1000);
    if (second !== this.#second) {
      this.#upToSecond = new Date(second * 1000).toISOString().slice(0, -4); // without 000Z
      this.#second = second;
    }
    const ms = wholeMs - second * 1000;
    return `${this.#upToSecond}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`;
  }
}
