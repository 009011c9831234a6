// The same question for many models: a few at once, the answers in the order of the names.

const maxAtOnce = 8;

/** @throws what the first that failed threw; no further one is begun then */
export async function eachAtOnce<Item, Result>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  let failed = false;
  const work = async (): Promise<void> => {
    for (const [nth, item] of left) {
      if (failed) return;
      try {
        results[nth] = await ask(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(maxAtOnce, items.length) }, work));
  return results;
}
