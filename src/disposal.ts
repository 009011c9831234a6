// Opened parts, closed in reverse order, each to its end (Node 22 has no AsyncDisposableStack).

export class Disposal implements AsyncDisposable {
  readonly #parts: AsyncDisposable[] = [];

  /** Null: a part that is switched off. */
  use<P extends AsyncDisposable | null>(part: P): P {
    if (part !== null) this.#parts.push(part);
    return part;
  }

  /** Twice is harmless. A part that fails does not keep the others open; the first failure is thrown in the end. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) {
      try {
        await part[Symbol.asyncDispose]();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
