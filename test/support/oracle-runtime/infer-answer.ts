// Writes a V2 answer as Triton's HTTP end does: id first, name, datatype, shape, then data or the size of its bytes.
import { randomUUID } from 'node:crypto';
import type { Behaviour } from './behaviour.ts';
import { bytesOf, lexemeOf } from './elements.ts';
import type { InferCall, Tensor } from './infer-call.ts';
import type { RuntimeAnswer } from './runtime-answer.ts';
import { RuntimeFault } from './runtime-fault.ts';

export function inferAnswer(
  model: string,
  call: InferCall,
  outputs: readonly Tensor[],
  behaviour: Behaviour,
): RuntimeAnswer {
  const blobs: Buffer[] = [];
  const written = outputs.map((output) => {
    const asked = call.outputs?.find(({ name }) => name === output.name);
    if (!(asked?.binary ?? (call.outputs === null && call.binaryOutput))) return jsonOutput(output, behaviour);
    const bytes = Buffer.concat(output.elements.map((element) => bytesOf(output.datatype, element)));
    blobs.push(bytes);
    return `${described(output)},"parameters":{"binary_data_size":${bytes.length}}}`;
  });
  const id = answeredId(call, behaviour);
  const start = id === null ? '{' : `{"id":${id},`;
  const header = Buffer.from(`${start}"model_name":"${model}","model_version":"1","outputs":[${written}]}`, 'latin1');
  const blob = Buffer.concat(blobs);
  if (blob.length === 0) return { status: 200, headers: ['Content-Type', 'application/json'], body: header };
  const kept = behaviour.breaksOff === 'blob' ? blob.subarray(0, -1) : blob;
  return {
    status: 200,
    headers: ['Content-Type', 'application/octet-stream', 'Inference-Header-Content-Length', String(header.length)],
    body: Buffer.concat([header, kept]),
  };
}

function answeredId({ id }: InferCall, { ids }: Behaviour): string | null {
  if (ids === 'required' && id === null) throw new RuntimeFault(500, 'id: none is not an allowed value');
  if (ids === 'omit') return null;
  return ids === 'invent' ? (id ?? `"${randomUUID()}"`) : id;
}

function described({ name, datatype, shape }: Tensor): string {
  return `{"name":${latin1(JSON.stringify(name))},"datatype":"${datatype}","shape":[${shape}]`;
}

function jsonOutput(output: Tensor, { nested }: Behaviour): string {
  const { datatype, elements, shape } = output;
  if (datatype === 'FP16' || datatype === 'BF16')
    throw new RuntimeFault(400, `sending ${datatype} data via JSON is not supported`);
  const lexemes = elements.map((element) => lexemeOf(datatype, element));
  return `${described(output)},"data":${nested ? nest(lexemes, shape) : `[${lexemes}]`}}`;
}

function nest(lexemes: readonly string[], [dimension = 0, ...inner]: readonly number[]): string {
  if (inner.length === 0) return `[${lexemes}]`;
  const each = lexemes.length / dimension;
  const parts = Array.from({ length: dimension }, (_, at) => nest(lexemes.slice(at * each, (at + 1) * each), inner));
  return `[${parts}]`;
}

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');
