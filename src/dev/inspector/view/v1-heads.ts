// What a body of V1 holds, for a line of the list: `instances` or `predictions`, whose shape their nesting tells.
import type { TensorHead } from '../api.ts';

/** Deeper than any tensor; what lies below is an element. */
const maxDimensions = 8;

/** V1 names no datatypes: "JSON" stands for them. Lists of unequal length: the first of each tells. Never throws. */
export function readV1Heads(side: 'request' | 'response', bytes: Uint8Array): readonly TensorHead[] {
  const name = side === 'request' ? 'instances' : 'predictions';
  const rows = readField(bytes, name);
  return Array.isArray(rows) ? [{ name, datatype: 'JSON', shape: shapeOf(rows) }] : [];
}

function readField(bytes: Uint8Array, name: string): unknown {
  try {
    const body: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
  } catch {
    return undefined; // no JSON: the page shows it as text
  }
}

function shapeOf(rows: readonly unknown[]): readonly number[] {
  const shape: number[] = [];
  for (let list: unknown = rows; Array.isArray(list) && shape.length < maxDimensions; list = list[0]) {
    shape.push(list.length);
  }
  return shape;
}
