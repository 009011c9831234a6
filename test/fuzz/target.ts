// What the fuzz runner feeds: a parser behind its invariants.

export interface FuzzTarget {
  /** Of the file in test/fuzz/, such as `request-head`. */
  readonly name: string;
  /** What mutations start from; inputs that once broke an invariant stay here. */
  readonly seeds: readonly Uint8Array[];
  /** Throws when an invariant is broken; keeps nothing from one input to the next, and may not change `input`. */
  run(input: Uint8Array): void;
}

export function latin1Seeds(...texts: readonly string[]): readonly Uint8Array[] {
  return texts.map((text) => Buffer.from(text, 'latin1'));
}

/** @throws Error with `claim` when it does not hold */
export function mustHold(held: boolean, claim: string): asserts held {
  if (!held) throw new Error(`broken: ${claim}`);
}
