// Reads a V2 inference request by the rules of Triton's http_server.cc (protocol facts 1.2 and 3); shares no code with src/.
import { checkLexeme, type Element, elementBytes } from './elements.ts';
import { fieldOf, type Json, leavesOf, readJson, stringOf } from './lossless-json.ts';
import { RuntimeFault } from './runtime-fault.ts';

export interface Tensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly elements: readonly Element[];
}

export interface AskedOutput {
  readonly name: string;
  readonly binary: boolean;
  /** Best classes of each row; null: no classification. */
  readonly classes: number | null;
}

export interface InferCall {
  /** Lexeme with its quotes; null when absent or empty. */
  readonly id: string | null;
  readonly parameters: readonly (readonly [name: string, lexeme: string])[];
  readonly inputs: readonly Tensor[];
  /** Null: all of them. */
  readonly outputs: readonly AskedOutput[] | null;
  /** Outputs that nobody listed come as bytes. */
  readonly binaryOutput: boolean;
  /** First dimension of the first input. */
  readonly rows: number;
}

/** @param headerBytes length of the JSON; null: all of the body */
export function readInferCall(body: Buffer, headerBytes: number | null): InferCall {
  const json = readJson(body.toString('latin1', 0, headerBytes ?? body.length));
  if (json.kind !== 'object') throw new RuntimeFault(500, 'the request is no object');
  const blobs = { bytes: body.subarray(headerBytes ?? body.length), at: 0 };
  const inputs = listOf(fieldOf(json, 'inputs'), 'inputs').map((input) => readInput(input, blobs));
  const extra = blobs.bytes.length - blobs.at;
  if (extra > 0) throw new RuntimeFault(400, `unexpected additional input data: ${extra} bytes`);
  refuseTwins(inputs, 'input');
  const given = fieldOf(json, 'outputs');
  const outputs = given === undefined ? [] : listOf(given, 'outputs').map(readAsked);
  refuseTwins(outputs, 'output');
  const id = fieldOf(json, 'id');
  if (id !== undefined) stringOf(id, 'id');
  const parameters = parametersOf(json);
  return {
    id: id === undefined || id.text === '""' ? null : id.text,
    parameters,
    inputs,
    outputs: outputs.length === 0 ? null : outputs,
    binaryOutput: parameters.some(([name, lexeme]) => name === 'binary_data_output' && lexeme === 'true'),
    rows: inputs[0]?.shape[0] ?? 0,
  };
}

function listOf(json: Json | undefined, name: string): readonly Json[] {
  if (json?.kind !== 'list') throw new RuntimeFault(500, `Unable to find '${name}' in request`);
  return json.items;
}

function refuseTwins(named: readonly { readonly name: string }[], what: string): void {
  const names = named.map(({ name }) => name);
  const twin = names.find((name, at) => names.indexOf(name) !== at);
  if (twin !== undefined) throw new RuntimeFault(400, `${what} '${twin}' already exists in request`);
}

function parametersOf(json: Json): [string, string][] {
  const parameters = fieldOf(json, 'parameters');
  return parameters?.kind === 'object' ? parameters.fields.map(([name, value]) => [name, value.text]) : [];
}

function parameterOf(json: Json, name: string): string | undefined {
  return parametersOf(json).find(([given]) => given === name)?.[1];
}

function readAsked(json: Json): AskedOutput {
  const classes = parameterOf(json, 'classification');
  const name = stringOf(fieldOf(json, 'name'), 'name');
  const binary = parameterOf(json, 'binary_data') === 'true';
  return { name, binary, classes: classes === undefined ? null : Number(classes) };
}

interface Blobs {
  readonly bytes: Buffer;
  at: number;
}

function readInput(json: Json, blobs: Blobs): Tensor {
  const name = stringOf(fieldOf(json, 'name'), 'name');
  const datatype = stringOf(fieldOf(json, 'datatype'), 'datatype');
  const shape = listOf(fieldOf(json, 'shape'), 'shape').map(({ text }) => Number(text));
  if (shape.some((each) => !Number.isSafeInteger(each) || each < 0))
    throw new RuntimeFault(500, "Unable to parse 'shape'");
  if (datatype !== 'BYTES' && elementBytes[datatype] === undefined)
    throw new RuntimeFault(400, `invalid datatype for input '${name}'`);
  const count = shape.reduce((product, each) => product * each, 1);
  const data = fieldOf(json, 'data');
  const size = parameterOf(json, 'binary_data_size');
  if ((data === undefined) === (size === undefined)) {
    const which = data === undefined ? 'no field is set' : "set 'data' 'binary_data_size'";
    throw new RuntimeFault(400, `Input must set only one of the following fields. But ${which}`);
  }
  if (data === undefined)
    return { name, datatype, shape, elements: readBlob({ name, datatype, count }, blobs, Number(size)) };
  const elements = leavesOf(data);
  for (const element of elements) checkLexeme(datatype, element, name);
  if (elements.length !== count) throw new RuntimeFault(500, `Shape does not match true shape of 'data' field`);
  return { name, datatype, shape, elements };
}

function readBlob(input: { name: string; datatype: string; count: number }, blobs: Blobs, size: number): Buffer[] {
  const { name, datatype, count } = input;
  const blob = blobs.bytes.subarray(blobs.at, blobs.at + size);
  const missing = size - blob.length;
  if (missing > 0)
    throw new RuntimeFault(400, `unexpected size for input '${name}', expecting ${missing} additional bytes`);
  blobs.at += size;
  const elements: Buffer[] = [];
  const wrong = new RuntimeFault(400, `unexpected total byte size ${size} for input '${name}'`);
  for (let at = 0; at < blob.length; ) {
    const prefix = datatype === 'BYTES' ? 4 : 0;
    if (at + prefix > blob.length) throw wrong;
    const length = prefix === 4 ? blob.readUInt32LE(at) : (elementBytes[datatype] as number);
    if (at + prefix + length > blob.length) throw wrong;
    elements.push(blob.subarray(at + prefix, at + prefix + length));
    at += prefix + length;
  }
  if (elements.length !== count) throw wrong;
  return elements;
}
