// A line in which each waits for its turn: a long one is not moved for everyone who leaves, as shift() of an array would.

/** Places before the head that are given back at once. */
const compactAt = 1024;

export class WaitingLine<T extends object> {
  /** Only places from #head on are taken: what has left is held by nobody here. */
  #places: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#places.length - this.#head;
  }

  get first(): T | undefined {
    return this.#places[this.#head];
  }

  push(item: T): void {
    this.#places.push(item);
  }

  /** Undefined: nobody waits. */
  shift(): T | undefined {
    const { first } = this;
    if (first === undefined) return undefined;
    this.#places[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#places.length || (this.#head >= compactAt && this.#head * 2 >= this.#places.length)) {
      this.#places = this.#places.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }

  /** All who wait, in their order; nobody waits afterwards. */
  takeAll(): T[] {
    const all = this.#places.slice(this.#head) as T[];
    this.#places = [];
    this.#head = 0;
    return all;
  }
}
