// A first request to a model that nobody here knows: zeros and empty texts of the shapes that its V2 metadata tells.

/** More elements would make no line that anybody pastes. */
const maxElements = 256;

const samples: Readonly<Record<string, unknown>> = { BYTES: '', BOOL: false };

/** One line for a POSIX shell; null: it is no metadata with inputs, or they are too large. `baseUrl`: of the agent. */
export function exampleOfModel(metadata: unknown, { baseUrl, name }: { baseUrl: string; name: string }): string | null {
  const { inputs } = Object(metadata) as { inputs?: unknown };
  if (!Array.isArray(inputs) || inputs.length === 0) return null;
  const tensors = inputs.map(sampleOf);
  if (tensors.includes(null)) return null;
  const url = new URL(`/v2/models/${encodeURIComponent(name)}/infer`, baseUrl).href.replaceAll("'", '%27');
  const body = JSON.stringify({ inputs: tensors }).replaceAll("'", "'\\''");
  return `curl -sSw '\\n' '${url}' -H 'content-type: application/json' -d '${body}'`;
}

/** An open dimension is 1. */
function sampleOf(input: unknown): object | null {
  const { name, datatype, shape } = Object(input) as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || typeof datatype !== 'string' || !Array.isArray(shape)) return null;
  const dims = shape.map((dim) => (Number(dim) > 0 ? Number(dim) : 1));
  const elements = dims.reduce((product, dim) => product * dim, 1);
  // FP16 has no form in JSON.
  if (elements > maxElements || datatype === 'FP16' || datatype === 'BF16') return null;
  return { name, datatype, shape: dims, data: Array(elements).fill(samples[datatype] ?? 0) };
}
