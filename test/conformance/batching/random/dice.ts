// Random choices from a seeded source.

/** Numbers from 0 to below 1. */
export type Random = () => number;

/** 0 to bound - 1. */
export const below = (random: Random, bound: number): number => Math.floor(random() * bound);

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[below(random, items.length)] as Item;
}

export const chance = (random: Random, share: number): boolean => random() < share;

export const many = <Item>(count: number, make: (at: number) => Item): Item[] =>
  Array.from({ length: count }, (_, at) => make(at));

export function shuffled<Item>(random: Random, items: readonly Item[]): Item[] {
  const left = [...items];
  return many(items.length, () => left.splice(below(random, left.length), 1)[0] as Item);
}
