// A V2 inference request (OIP inference_rest.md with its binary extension), read once from its bytes; or why it goes on alone.
import type { InferRequest, Parameter, RequestedOutput } from './infer-request.ts';
import { malformed, readArray, readObject, skipSpace, skipValue } from './json/json-scan.ts';
import { type JsonText, readTextAt } from './json/json-text.ts';
import { findWord, knownWords } from './json/known-word.ts';
import { InputsReader } from './read-infer-input.ts';
import { meansSequence, noParameters, readParameters } from './read-parameters.ts';
import { readRequestedOutput } from './read-requested-output.ts';
import { Refusal } from './refusal.ts';
import type { Unmergeable } from './unmergeable.ts';

/** model_name and model_version mean nothing: the path says which model. */
const fields = knownWords(['id', 'parameters', 'inputs', 'outputs', 'model_name', 'model_version']);

/** A request whose fields come in any order. */
interface Draft {
  seen: number;
  id: JsonText | null;
  parameters: Map<string, Parameter> | null;
  readonly inputs: InputsReader;
  readonly outputs: RequestedOutput[];
  readonly refusal: Refusal;
}

/**
 * Checks all of protocol page 8.2 that concerns one request alone; its data is counted, not understood.
 * @param body decoded; the result refers to it, so it must stay unchanged.
 * @param headerLength Inference-Header-Content-Length as received; undefined: the whole body is JSON.
 */
export function readInferRequest(body: Uint8Array, headerLength: string | undefined): InferRequest | Unmergeable {
  const binary = headerLength !== undefined;
  if (binary && !/^\d{1,10}$/.test(headerLength)) return 'header_length';
  const headerBytes = binary ? Number(headerLength) : body.length;
  if (headerBytes > body.length) return 'header_length';
  if (binary && headerBytes === 0) return 'raw_binary';
  const text = headerBytes === body.length ? body : body.subarray(0, headerBytes);
  const refusal = new Refusal();
  const inputs = new InputsReader({ body, blobsAt: binary ? headerBytes : null, refusal });
  const draft: Draft = { seen: 0, id: null, parameters: null, inputs, outputs: [], refusal };
  const end = readRequest(text, draft);
  if (end === malformed || skipSpace(text, end) !== text.length) return refusal.reason;
  const reason = findFault(draft);
  if (reason !== null) return reason;
  if (inputs.blobsEnd !== body.length) return 'data_size';
  return {
    body,
    headerBytes,
    binary,
    id: draft.id === null || draft.id.value === '' ? null : draft.id.raw,
    rows: inputs.inputs[0]!.shape[0]!,
    inputs: inputs.inputs,
    outputs: draft.outputs.length === 0 ? null : draft.outputs,
    parameters: draft.parameters ?? noParameters,
  };
}

function readRequest(text: Uint8Array, draft: Draft): number {
  const { refusal, inputs, outputs: into } = draft;
  const readField = (at: number, depth: number, field: (typeof fields)[number]['text']): number => {
    switch (field) {
      case 'id':
        draft.id = readTextAt(text, at);
        return draft.id?.end ?? malformed;
      case 'parameters':
        draft.parameters = new Map();
        return readParameters(text, at, { depth, into: draft.parameters, refusal });
      case 'inputs':
        return readArray(text, at, { depth, element: (_text, start, below) => inputs.read(text, start, below) });
      case 'outputs':
        return readArray(text, at, {
          depth,
          element: (_text, start, below) => readRequestedOutput(text, start, { depth: below, into, refusal }),
        });
      default:
        return skipValue(text, at, depth);
    }
  };
  return readObject(text, skipSpace(text, 0), {
    depth: 0,
    field: (_text, at, depth, name) => {
      const field = findWord(text, name, fields);
      if (field === null) return refusal.because('unknown_key');
      if ((draft.seen & field.bit) !== 0) return refusal.because('duplicate_key');
      draft.seen |= field.bit;
      return readField(at, depth, field.text);
    },
  });
}

/** What can be told only when all of the request is known. */
function findFault({ inputs, outputs, parameters }: Draft): Unmergeable | null {
  if (inputs.inputs.length === 0) return 'malformed';
  if (hasDuplicates(inputs.inputs) || hasDuplicates(outputs)) return 'duplicate_key';
  return parameters !== null && meansSequence(parameters) ? 'sequence' : null;
}

function hasDuplicates(named: readonly { readonly name: string }[]): boolean {
  return named.length > 1 && new Set(named.map(({ name }) => name)).size < named.length;
}
