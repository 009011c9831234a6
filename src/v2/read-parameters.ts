// Parameters of a request, an input or a requested output: what counts for merging is that they are the same, and that they mean no state.
import type { Parameter, Parameters } from './infer-request.ts';
import { scanNumber } from './json/json-number.ts';
import { malformed, quote, readObject, type Span, skipScalar } from './json/json-scan.ts';
import { rawText, readText, readTextAt } from './json/json-text.ts';
import type { Refusal } from './refusal.ts';

export const noParameters: Parameters = new Map();

export interface ParametersReading {
  readonly depth: number;
  /** Where they are put. */
  readonly into: Map<string, Parameter>;
  readonly refusal: Refusal;
}

export function readParameters(text: Uint8Array, at: number, { depth, into, refusal }: ParametersReading): number {
  return readObject(text, at, {
    depth,
    field: (_text, valueAt, _depth, name) => readParameter(text, valueAt, { name, into, refusal }),
  });
}

export interface ParameterReading extends Omit<ParametersReading, 'depth'> {
  readonly name: Span;
}

/** Reads the value at `at`. */
export function readParameter(text: Uint8Array, at: number, { name: span, into, refusal }: ParameterReading): number {
  const name = readText(text, span);
  if (name === null) return malformed;
  if (into.has(name.value)) return refusal.because('duplicate_key');
  if (name.value.startsWith('shared_memory_')) return refusal.because('shared_memory');
  if (name.value.startsWith('triton_')) return refusal.because('runtime_parameter');
  const end = skipParameterValue(text, at);
  if (end !== malformed) into.set(name.value, { rawName: name.raw, value: rawText(text, { start: at, end }) });
  return end;
}

/** A string, a number or a boolean (OIP inference_rest.md). */
function skipParameterValue(text: Uint8Array, at: number): number {
  switch (text[at]) {
    case quote:
      return readTextAt(text, at)?.end ?? malformed;
    case 0x74: // t
    case 0x66: // f
      return skipScalar(text, at);
    default:
      return scanNumber(text, at);
  }
}

/** Requests of a sequence must arrive one by one and in order; 0 and "" are no sequence (Triton's extension_sequence.md). */
export function meansSequence(parameters: Parameters): boolean {
  const id = parameters.get('sequence_id')?.value ?? '0';
  const start = parameters.get('sequence_start')?.value ?? 'false';
  const end = parameters.get('sequence_end')?.value ?? 'false';
  return (id !== '0' && id !== '""') || start !== 'false' || end !== 'false';
}
