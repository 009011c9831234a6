// What an answer waits for: nothing (null), or that its events are on disk.

export type Owed = Promise<unknown> | null;

export function both(one: Owed, other: Owed): Owed {
  if (one === null || other === null) return one ?? other;
  return Promise.all([one, other]);
}
