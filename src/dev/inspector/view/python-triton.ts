// An inference as a script of tritonclient: the same tensors, requested outputs, parameters and id.
import { readInferencePath } from '../../../v2/infer-path.ts';
import type { KeptRequest } from '../kept-exchange.ts';
import type { InferMessage, InferTensor } from './infer-message.ts';
import { type PythonArray, pythonArray } from './python-array.ts';
import { pythonHeaders } from './python-headers.ts';
import { pythonLiteral, pythonText } from './python-literal.ts';

export interface TritonCall {
  readonly client: 'http' | 'grpc';
  readonly message: InferMessage;
  readonly request: KeptRequest;
  readonly agentUrl: string;
  readonly model: string;
  /** "": the runtime's choice. */
  readonly version: string;
}

/** What tritonclient takes as arguments of their own, and refuses among the others. */
const ownArguments: readonly string[] = ['sequence_id', 'sequence_start', 'sequence_end', 'priority', 'timeout'];
/** It says this by the outputs that it lists. */
const ownOfClient = 'binary_data_output';

export function pythonOfTriton(call: TritonCall): string {
  const { client, message, agentUrl } = call;
  const headers = pythonHeaders(call.request, client);
  const arrays = message.tensors.map(pythonArray);
  const lines = [
    `# pip install "tritonclient[${client}]" numpy`,
    ...(headers?.usesEnvironment ? ['import os', ''] : []),
    ...(arrays.some((array) => array.expression.includes('ml_dtypes')) ? ['import ml_dtypes'] : []),
    'import numpy as np',
    `import tritonclient.${client} as triton`,
    '',
    `client = triton.InferenceServerClient(${pythonText(new URL(agentUrl).host)})`,
    '',
    'inputs = []',
    ...message.tensors.flatMap((tensor, index) => inputLines(tensor, arrays[index]!, client)),
    'result = client.infer(',
    ...argumentsOf(call, headers?.text).map((argument) => `    ${argument},`),
    ')',
    ...resultLines(client),
    '',
  ];
  return lines.join('\n');
}

function inputLines(
  { name, shape, datatype, data, parameters }: InferTensor,
  { expression, leftOut }: PythonArray,
  client: 'http' | 'grpc',
): string[] {
  const binary = client === 'http' && data.kind === 'json' ? ', binary_data=False' : '';
  const others = Object.keys(parameters ?? {}).filter((key) => key !== 'binary_data_size');
  return [
    ...(others.length === 0
      ? []
      : [`# tritonclient cannot send these parameters of the input: ${pythonLiteral(others)}`]),
    `tensor = triton.InferInput(${pythonText(name)}, ${pythonLiteral(shape)}, ${pythonText(datatype)})`,
    ...(leftOut === null ? [] : [`# The ${leftOut} values of the request are left out here.`]),
    `tensor.set_data_from_numpy(${expression}${binary})`,
    'inputs.append(tensor)',
    '',
  ];
}

function argumentsOf({ client, message, request, model, version }: TritonCall, headers: string | undefined): string[] {
  const { id, parameters, outputs } = message.about;
  const given = Object.entries((parameters ?? {}) as Readonly<Record<string, unknown>>).filter(
    ([key]) => key !== ownOfClient,
  );
  const others = Object.fromEntries(given.filter(([key]) => !ownArguments.includes(key)));
  const query = readInferencePath(request.path)?.query ?? '';
  return [
    pythonText(model),
    'inputs',
    ...(version === '' ? [] : [`model_version=${pythonText(version)}`]),
    ...(Array.isArray(outputs) && outputs.length > 0
      ? [`outputs=[${outputs.map((output) => outputOf(output, client)).join(', ')}]`]
      : []),
    ...(id === undefined || id === '' ? [] : [`request_id=${pythonText(String(id))}`]),
    ...given.filter(([key]) => ownArguments.includes(key)).map(([key, value]) => `${key}=${pythonLiteral(value)}`),
    ...(Object.keys(others).length === 0 ? [] : [`parameters=${pythonLiteral(others)}`]),
    ...(query.length > 1 ? [`query_params=${pythonLiteral(Object.fromEntries(new URLSearchParams(query)))}`] : []),
    ...(headers === undefined ? [] : [`headers=${headers}`]),
  ];
}

/** An output that the request lists is JSON over HTTP unless it says otherwise (protocol: binary tensor data). */
function outputOf(output: unknown, client: 'http' | 'grpc'): string {
  const { name, parameters } = output as {
    readonly name?: unknown;
    readonly parameters?: Readonly<Record<string, unknown>>;
  };
  const binary = client === 'http' ? [`binary_data=${pythonLiteral(parameters?.binary_data === true)}`] : [];
  const classes =
    parameters?.classification === undefined ? [] : [`class_count=${pythonLiteral(parameters.classification)}`];
  return `triton.InferRequestedOutput(${[pythonText(String(name)), ...binary, ...classes].join(', ')})`;
}

function resultLines(client: 'http' | 'grpc'): string[] {
  const [outputs, name] =
    client === 'http' ? ['get_response()["outputs"]', 'output["name"]'] : ['get_response().outputs', 'output.name'];
  return [`for output in result.${outputs}:`, `    print(${name})`, `    print(result.as_numpy(${name}))`];
}
