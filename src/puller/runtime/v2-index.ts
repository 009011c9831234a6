// What the index of the V2 repository extension says of models (protocol.md 5.1): one entry for each version.
import * as v from 'valibot';

const rowSchema = v.object({
  name: v.string(),
  /** Absent: on disk and never loaded (Triton). */
  state: v.optional(v.string()),
});

const indexSchema = v.array(rowSchema);

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
  const rows = v.safeParse(indexSchema, parse(text));
  if (!rows.success) return null;
  const serving = rows.output.filter(({ state }) => servingStates.has(state ?? ''));
  const unloading = rows.output.filter(({ state }) => state === 'UNLOADING');
  const namesOf = (list: typeof serving): string[] => list.map(({ name }) => name);
  return { serving: new Set(namesOf(serving)), busy: new Set(namesOf([...serving, ...unloading])) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
