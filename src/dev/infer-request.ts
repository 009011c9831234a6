// What an inference request asks for: its JSON, and the binary tensors behind it (OIP inference_rest.md; Triton's binary tensor data extension).
import * as v from 'valibot';
import {
  datatypes,
  elementBytesOf,
  lengthOf,
  readBinaryValues,
  readJsonValues,
  readText,
  readUtf8,
  type TensorData,
} from './datatypes.ts';
import { readLosslessJson } from './lossless-json.ts';
import { V2Error } from './v2-error.ts';

export interface Tensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface InferRequest {
  /** Undefined: none was sent, so none is answered. */
  readonly id: string | undefined;
  readonly inputs: readonly Tensor[];
  /** Null: every output. `binary`: as bytes behind the JSON. */
  readonly outputs: readonly { readonly name: string; readonly binary: boolean }[] | null;
  /** How outputs are sent that the request does not list. */
  readonly binaryByDefault: boolean;
}

// Triton's own limit; it also bounds the recursion below.
const MAX_NESTING = 100;

const Parameters = v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.bigint()])), {});
const Size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Input = v.object({
  name: v.string(),
  datatype: v.picklist(datatypes),
  shape: v.array(Size),
  parameters: Parameters,
  data: v.optional(v.array(v.unknown())),
});
const Envelope = v.object({
  id: v.optional(v.string()),
  parameters: Parameters,
  inputs: v.pipe(v.array(Input), v.minLength(1)),
  outputs: v.optional(v.array(v.object({ name: v.string(), parameters: Parameters })), []),
});

/**
 * The value of Inference-Header-Content-Length in bytes; null when the field is absent: all is JSON. 0: a raw request.
 * @throws V2Error 400: not a number, or more than the body has.
 */
export function readJsonBytes(field: string | undefined, bodyBytes: number): number | null {
  if (field === undefined) return null;
  const jsonBytes = /^\d{1,10}$/.test(field) ? Number(field) : Number.NaN;
  if (jsonBytes <= bodyBytes) return jsonBytes;
  throw new V2Error(
    400,
    `Inference-Header-Content-Length: expected 0 to ${bodyBytes}, the size of the body, got '${field}'`,
  );
}

/** `jsonBytes`: the size of the JSON at the start of `body`. @throws V2Error 400 */
export function readInferRequest(body: Uint8Array, jsonBytes: number): InferRequest {
  const request = readEnvelope(body.subarray(0, jsonBytes));
  const blobs = { bytes: body.subarray(jsonBytes), used: 0 };
  const inputs = request.inputs.map((input) => readTensor(input, blobs));
  if (blobs.used < blobs.bytes.length) {
    throw new V2Error(
      400,
      `unexpected additional input data: ${blobs.bytes.length - blobs.used} bytes behind the last input`,
    );
  }
  refuseDuplicates('input', inputs);
  refuseDuplicates('output', request.outputs);
  return {
    id: request.id,
    inputs,
    outputs: request.outputs.length === 0 ? null : request.outputs.map(readRequestedOutput),
    binaryByDefault: request.parameters.binary_data_output === true,
  };
}

/** A request with Inference-Header-Content-Length 0: the body is the one input of the model, for a batch of 1. @throws V2Error 400 */
export function readRawRequest(body: Uint8Array, specs: readonly Omit<Tensor, 'data'>[]): InferRequest {
  const [spec, ...others] = specs;
  if (spec === undefined || others.length > 0) throw new V2Error(400, 'a raw request needs a model with one input');
  const open = spec.shape.slice(1).filter((size) => size < 0).length;
  if (open > 0)
    throw new V2Error(400, `a raw request needs an input of fixed shape, '${spec.name}' has [${spec.shape}]`);
  const data =
    spec.datatype === 'BYTES' ? [readText(body, 'the body')] : readBinaryValues(spec.datatype, body, spec.name);
  const tensor = { ...spec, shape: spec.shape.map((size) => Math.abs(size)), data };
  return { id: undefined, inputs: [checkedTensor(tensor)], outputs: null, binaryByDefault: true };
}

function readEnvelope(json: Uint8Array): v.InferOutput<typeof Envelope> {
  const text = readUtf8(json, 'the JSON of the request');
  let value: unknown;
  try {
    value = readLosslessJson(text);
  } catch (cause) {
    throw new V2Error(400, `failed to parse the request JSON: ${(cause as Error).message}`, { cause });
  }
  const result = v.safeParse(Envelope, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue) ?? 'the request';
  throw new V2Error(400, `${where}: expected ${issue.expected ?? issue.requirement}, got ${issue.received}`);
}

function readTensor(input: v.InferOutput<typeof Input>, blobs: { bytes: Uint8Array; used: number }): Tensor {
  const { name, datatype, shape, parameters, data } = input;
  const blobBytes = parameters.binary_data_size;
  if ('shared_memory_region' in parameters) throw new V2Error(400, `input '${name}': shared memory is not supported`);
  if ((data === undefined) === (blobBytes === undefined)) {
    const found = data === undefined ? 'But no field is set' : "But set 'data' 'binary_data_size'";
    const rule = `must set only one of the following fields: 'data', 'binary_data_size' in 'parameters'`;
    throw new V2Error(400, `input '${name}' ${rule}. ${found}`);
  }
  if (data !== undefined) {
    const leaves: unknown[] = [];
    flatten(data, leaves, 1);
    return checkedTensor({ name, datatype, shape, data: readJsonValues(datatype, leaves, name) });
  }
  if (!v.is(Size, blobBytes)) throw new V2Error(400, `input '${name}': binary_data_size: expected an integer >= 0`);
  const end = blobs.used + blobBytes;
  if (end > blobs.bytes.length) {
    throw new V2Error(
      400,
      `unexpected size for input '${name}', expecting ${end - blobs.bytes.length} additional bytes`,
    );
  }
  const bytes = blobs.bytes.subarray(blobs.used, end);
  blobs.used = end;
  return checkedTensor({ name, datatype, shape, data: readBinaryValues(datatype, bytes, name) });
}

// Triton too counts the values only and does not compare the nesting with the shape.
function flatten(values: readonly unknown[], leaves: unknown[], depth: number): void {
  if (depth > MAX_NESTING) throw new V2Error(400, `'data' is nested deeper than ${MAX_NESTING}`);
  for (const value of values) {
    if (Array.isArray(value)) flatten(value, leaves, depth + 1);
    else leaves.push(value);
  }
}

function checkedTensor(tensor: Tensor): Tensor {
  const { name, datatype, shape, data } = tensor;
  const expected = shape.reduce((product, size) => product * size, 1);
  const found = lengthOf(data);
  if (expected === found) return tensor;
  const bytes = elementBytesOf(datatype);
  const inBytes = bytes === null ? '' : ` (${expected * bytes} and ${found * bytes} bytes)`;
  throw new V2Error(400, `input '${name}': shape [${shape}] holds ${expected} elements, its data ${found}${inBytes}`);
}

function readRequestedOutput({ name, parameters }: { name: string; parameters: Record<string, unknown> }) {
  for (const unsupported of ['shared_memory_region', 'classification']) {
    if (unsupported in parameters)
      throw new V2Error(400, `output '${name}': parameter '${unsupported}' is not supported`);
  }
  // As Triton does: a listed output is JSON unless it says otherwise itself, whatever binary_data_output says.
  return { name, binary: parameters.binary_data === true };
}

function refuseDuplicates(what: 'input' | 'output', named: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of named) {
    if (seen.has(name)) throw new V2Error(400, `${what} '${name}' already exists in request`);
    seen.add(name);
  }
}
