// One entry of a request's `outputs`: a name, and parameters that say how it is to be answered.
import type { Parameter, RequestedOutput } from './infer-request.ts';
import { malformed, readObject } from './json/json-scan.ts';
import { type JsonText, readTextAt } from './json/json-text.ts';
import { findWord, knownWords } from './json/known-word.ts';
import { noParameters, readParameters } from './read-parameters.ts';
import type { Refusal } from './refusal.ts';

const fields = knownWords(['name', 'parameters']);

export interface RequestedOutputReading {
  readonly depth: number;
  /** Where it is added. */
  readonly into: RequestedOutput[];
  readonly refusal: Refusal;
}

export function readRequestedOutput(text: Uint8Array, at: number, reading: RequestedOutputReading): number {
  const { depth, into, refusal } = reading;
  const found: { name: JsonText | null; parameters: Map<string, Parameter> | null } = { name: null, parameters: null };
  const end = readObject(text, at, {
    depth,
    field: (_text, valueAt, valueDepth, nameSpan) => {
      const field = findWord(text, nameSpan, fields)?.text;
      if (field === undefined) return refusal.because('unknown_key');
      if (found[field] !== null) return refusal.because('duplicate_key');
      if (field === 'name') {
        found.name = readTextAt(text, valueAt);
        return found.name?.end ?? malformed;
      }
      found.parameters = new Map();
      return readParameters(text, valueAt, { depth: valueDepth, into: found.parameters, refusal });
    },
  });
  if (end === malformed || found.name === null) return malformed;
  into.push({ name: found.name.value, rawName: found.name.raw, parameters: found.parameters ?? noParameters });
  return end;
}
