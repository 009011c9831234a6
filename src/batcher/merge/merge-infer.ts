// Several V2 requests as one: rows of the same input, found by its name, stand behind each other (protocol page 8.3).
import { OutriggerError } from '../../errors.ts';
import type { InferInput, InferRequest, Parameters, RequestedOutput } from '../../v2/infer-request.ts';
import { flatten, interior } from '../../v2/json/json-array.ts';
import { type AssembledBody, assemble, type Piece } from './assembled-body.ts';

/** Up to here nested data of one input is flattened token by token; above, its text is taken as it is where that can be. */
const maxFlattenedBytes = 16_384;

/** One input of one member. */
interface Share {
  readonly body: Uint8Array;
  readonly input: InferInput;
}

/**
 * The requests have one batch key. Names, parameters and order are the first's; `id` is the raw text of a string to send
 * as the first key, or null. The result holds views into the requests' bodies.
 * @throws INTERNAL when the requests are not of one kind
 */
export function mergeInfer(requests: readonly InferRequest[], id: string | null): AssembledBody {
  const [first] = requests as readonly [InferRequest, ...InferRequest[]];
  const json: Piece[] = [`{${id === null ? '' : `"id":${id},`}${parametersField(first.parameters)}"inputs":[`];
  const blobs: Uint8Array[] = [];
  const aligned = requests.map((request) => alignInputs(request, first));
  let binary = false;
  for (let i = 0; i < first.inputs.length; i += 1) {
    const shares = requests.map(({ body }, member) => ({ body, input: aligned[member]?.[i] as InferInput }));
    if (i > 0) json.push(',');
    if (pushInput(shares, json, blobs)) binary = true;
  }
  json.push(`]${outputsField(first.outputs)}}`);
  return assemble(json, binary ? blobs : null);
}

/** A request's inputs in the order of the first: clients may name them in any. */
function alignInputs({ inputs }: InferRequest, first: InferRequest): readonly InferInput[] {
  if (inputs.length !== first.inputs.length) throw strangers('a different number of inputs');
  if (inputs.every(({ name }, i) => name === first.inputs[i]?.name)) return inputs;
  const byName = new Map(inputs.map((input) => [input.name, input]));
  return first.inputs.map(({ name }) => {
    const input = byName.get(name);
    if (input === undefined) throw strangers('inputs of different names');
    return input;
  });
}

/** @returns whether the input is binary. */
function pushInput(shares: readonly Share[], json: Piece[], blobs: Uint8Array[]): boolean {
  const { rawName, shape, datatype, parameters } = (shares[0] as Share).input;
  const rows = shares.reduce((sum, { input }) => sum + (input.shape[0] as number), 0);
  const head = `{"name":${rawName},"shape":[${[rows, ...shape.slice(1)].join()}],"datatype":"${datatype}"`;
  const data = joinedBlobs(shares);
  if (data === null) {
    json.push(`${head}${parameters.size === 0 ? '' : `,"parameters":{${fields(parameters)}}`},"data":[`);
    pushJson(shares, json);
    json.push(']}');
    return false;
  }
  const bytes = data.reduce((sum, blob) => sum + blob.length, 0);
  const others = parameters.size === 0 ? '' : `${fields(parameters)},`;
  json.push(`${head},"parameters":{${others}"binary_data_size":${bytes}}}`);
  blobs.push(...data);
  return true;
}

/** Null: the data is JSON, in all of them. */
function joinedBlobs(shares: readonly Share[]): Uint8Array[] | null {
  const blobs: Uint8Array[] = [];
  for (const { body, input } of shares) {
    if (input.data.encoding === 'binary') blobs.push(body.subarray(input.data.start, input.data.end));
  }
  if (blobs.length !== 0 && blobs.length !== shares.length) throw strangers('binary and JSON data of one input');
  return blobs.length === 0 ? null : blobs;
}

function pushJson(shares: readonly Share[], json: Piece[]): void {
  const textOf = staysAsItIs(shares) ? interior : flatten;
  let empty = true;
  for (const { body, input } of shares) {
    if (input.data.encoding !== 'json') continue;
    const elements = textOf(body, input.data.array);
    if (elements.length === 0) continue; // a tensor without elements, such as [2, 0]
    if (!empty) json.push(',');
    json.push(elements);
    empty = false;
  }
}

/** Too long to be rewritten, and everybody's text has the same form: flat, or one array for each row at the full rank. */
function staysAsItIs(shares: readonly Share[]): boolean {
  let [bytes, allFlat, allNested] = [0, true, true];
  for (const { input } of shares) {
    if (input.data.encoding !== 'json') continue;
    const { start, end, arrayDepth, elements } = input.data.array;
    bytes += end - start;
    if (arrayDepth !== 1) allFlat = false;
    if (arrayDepth !== input.shape.length || elements !== input.shape[0]) allNested = false;
  }
  return bytes > maxFlattenedBytes && (allFlat || allNested);
}

/** A batch of several may be wanted, but their key says they are of one kind: to go on would be to mix up tensors. */
function strangers(what: string): OutriggerError {
  return new OutriggerError('INTERNAL', `requests of one batch have ${what}`);
}

function parametersField(parameters: Parameters): string {
  return parameters.size === 0 ? '' : `"parameters":{${fields(parameters)}},`;
}

function outputsField(outputs: readonly RequestedOutput[] | null): string {
  if (outputs === null) return '';
  const texts = outputs.map(({ rawName, parameters }) =>
    parameters.size === 0 ? `{"name":${rawName}}` : `{"name":${rawName},"parameters":{${fields(parameters)}}}`,
  );
  return `,"outputs":[${texts.join()}]`;
}

function fields(parameters: Parameters): string {
  return [...parameters.values()].map(({ rawName, value }) => `${rawName}:${value}`).join();
}
