// What the index of the V2 repository extension says of models (protocol.md 5.1): one entry for each version.

interface Row {
  readonly name: string;
  /** Absent: on disk and never loaded (Triton). */
  readonly state?: string;
}

export interface ModelIndex {
  /** A version of them serves, or is being loaded. */
  readonly serving: ReadonlySet<string>;
  /** They hold their files: those that serve, and those that finish the last requests. */
  readonly busy: ReadonlySet<string>;
}

/** UNKNOWN: MLServer's word for a load under way; Triton never says it. */
const servingStates = new Set(['READY', 'LOADING', 'UNKNOWN']);

/** Null: no index at all. */
export function readIndex(text: string): ModelIndex | null {
  const rows = parse(text);
  if (!Array.isArray(rows) || !rows.every(isRow)) return null;
  const serving = rows.filter(({ state }) => servingStates.has(state ?? ''));
  const unloading = rows.filter(({ state }) => state === 'UNLOADING');
  const namesOf = (list: typeof serving): string[] => list.map(({ name }) => name);
  return { serving: new Set(namesOf(serving)), busy: new Set(namesOf([...serving, ...unloading])) };
}

/** By hand: of ten thousand models, asked for by every probe, a schema would hold up requests for a tenth of a second. */
function isRow(row: unknown): row is Row {
  if (typeof row !== 'object' || row === null) return false;
  const { name, state } = row as Partial<Record<string, unknown>>;
  return typeof name === 'string' && (state === undefined || typeof state === 'string');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
