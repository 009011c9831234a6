// A V1 answer as the batcher sees it: where its predictions stand. Its text stays the runtime's.
import { type ArrayScan, scanArray } from './json/json-array.ts';
import { malformed, readObject, skipSpace } from './json/json-scan.ts';
import { findWord, knownWords } from './json/known-word.ts';
import { skipOther } from './other-arrays.ts';

export interface PredictAnswer {
  /** Read-only. */
  readonly body: Uint8Array;
  readonly predictions: ArrayScan;
  /** Of arrays in the other fields (other-arrays.ts). */
  readonly otherLengths: readonly number[];
}

const fields = knownWords(['predictions']);

/** Null: no JSON object with one array of predictions. */
export function readPredictAnswer(body: Uint8Array): PredictAnswer | null {
  const found: ArrayScan[] = [];
  const otherLengths: number[] = [];
  const end = readObject(body, skipSpace(body, 0), {
    depth: 0,
    field(text, at, depth, name) {
      if (findWord(text, name, fields) === null) return skipOther(text, { at, depth, lengths: otherLengths });
      const predictions = found.length === 0 ? scanArray(text, at, depth) : null;
      if (predictions === null) return malformed;
      found.push(predictions);
      return predictions.end;
    },
  });
  const [predictions] = found;
  if (end === malformed || skipSpace(body, end) !== body.length || predictions === undefined) return null;
  return { body, predictions, otherLengths };
}
