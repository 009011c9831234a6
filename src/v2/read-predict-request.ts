// A V1 prediction request in row format (TensorFlow Serving's api_rest.md), read once from its bytes; or why it goes on alone.
import { type ArrayScan, scanArray } from './json/json-array.ts';
import { lexeme, malformed, readObject, skipSpace, skipValue } from './json/json-scan.ts';
import { readText } from './json/json-text.ts';
import type { PredictRequest } from './predict-request.ts';
import { Refusal } from './refusal.ts';
import type { Unmergeable } from './unmergeable.ts';

/** @param body decoded; the result refers to it, so it must stay unchanged. */
export function readPredictRequest(body: Uint8Array): PredictRequest | Unmergeable {
  const refusal = new Refusal();
  const found: { instances: ArrayScan | null } = { instances: null };
  const rest = new Map<string, string>();
  const end = readObject(body, skipSpace(body, 0), {
    depth: 0,
    field: (_text, at, depth, nameSpan) => {
      const name = readText(body, nameSpan)?.value;
      if (name === undefined) return malformed;
      if (name === 'inputs') return refusal.because('columnar');
      if (rest.has(name)) return refusal.because('duplicate_key');
      if (name === 'instances') {
        if (found.instances !== null) return refusal.because('duplicate_key');
        found.instances = scanArray(body, at, depth);
        return found.instances?.end ?? malformed;
      }
      const valueEnd = skipValue(body, at, depth);
      if (valueEnd !== malformed) rest.set(name, lexeme(body, { start: at, end: valueEnd }));
      return valueEnd;
    },
  });
  if (end === malformed || skipSpace(body, end) !== body.length) return refusal.reason;
  const { instances } = found;
  if (instances === null) return 'malformed';
  return instances.elements === 0 ? 'shape' : { body, rows: instances.elements, instances, rest };
}
