// Who goes, so that there is room: those of least use for their bytes, and nobody who need not. Pure.

/** One that may go. */
export interface Candidate {
  readonly name: string;
  /** Above 0: nothing is gained by the others. */
  readonly bytes: number;
  readonly use: number;
}

/** Least use per byte first. */
export function byLeastUse<C extends Candidate>(candidates: readonly C[]): C[] {
  return [...candidates].sort((a, b) => a.use / a.bytes - b.use / b.bytes);
}

/**
 * The first of `candidates` that make up `neededBytes` together, without those that are not needed once a larger one goes too: of
 * what goes, nobody could stay. All of them, when they are not enough.
 */
export function planVictims<C extends Candidate>(candidates: readonly C[], neededBytes: number): C[] {
  const chosen: C[] = [];
  let bytes = 0;
  for (const candidate of candidates) {
    if (bytes >= neededBytes) break;
    chosen.push(candidate);
    bytes += candidate.bytes;
  }
  const spared = new Set<C>();
  for (const candidate of [...chosen].sort((a, b) => b.use - a.use)) {
    if (bytes - candidate.bytes < neededBytes) continue;
    spared.add(candidate);
    bytes -= candidate.bytes;
  }
  return chosen.filter((candidate) => !spared.has(candidate));
}
