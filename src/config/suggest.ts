// Which known name somebody meant who wrote another one.

/** The candidate that is closest, when it is close enough; dashes, underscores and case do not count. */
export function nearest<const T extends string>(given: string, candidates: readonly T[]): T | undefined {
  const wanted = plain(given);
  let best: T | undefined;
  let bestDistance = wanted.length < 8 ? 2 : 3;
  for (const candidate of candidates) {
    const name = plain(candidate);
    // A difference in length is as many edits at least; asked first, since what was given may be very long.
    if (Math.abs(name.length - wanted.length) > bestDistance) continue;
    const edits = countEdits(wanted, name);
    if (edits < bestDistance || (edits === bestDistance && best === undefined)) {
      best = candidate;
      bestDistance = edits;
    }
  }
  return best;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}

/** Levenshtein's distance: characters to insert, remove or replace. */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
