// One text for one value: JSON with sorted keys and no spaces, so that a digest of it names the value.

/** Of JSON values; what JSON leaves out (undefined, functions) is left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (isRecord(inner) ? sorted(inner) : inner));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** By code units, as RFC 8785 has it; a locale would make it differ between machines. */
function sorted(record: Record<string, unknown>): Record<string, unknown> {
  const keys = Object.keys(record).sort((one, other) => (one < other ? -1 : 1));
  return Object.fromEntries(keys.map((key) => [key, record[key]]));
}
