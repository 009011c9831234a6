// How an inference answer is written: JSON, or JSON followed by binary tensors.
import { writeBinaryValues, writeJsonValues } from './datatypes.ts';
import type { InferRequest, Tensor } from './infer-request.ts';

export interface InferAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** `outputs` in the order in which they are answered. */
export function writeInferResponse(answer: {
  readonly request: Pick<InferRequest, 'id' | 'outputs' | 'binaryByDefault'>;
  readonly modelName: string;
  readonly modelVersion: string;
  readonly outputs: readonly Tensor[];
}): InferAnswer {
  const { request, modelName, modelVersion, outputs } = answer;
  const blobs: Buffer[] = [];
  const tensors = outputs.map((output) => {
    const binary = request.outputs?.find(({ name }) => name === output.name)?.binary ?? request.binaryByDefault;
    return writeTensor(output, binary ? blobs : null);
  });
  const id = request.id === undefined ? '' : `"id":${JSON.stringify(request.id)},`;
  const model = `"model_name":${JSON.stringify(modelName)},"model_version":${JSON.stringify(modelVersion)}`;
  const json = Buffer.from(`{${id}${model},"outputs":[${tensors.join(',')}]}`);
  // Triton marks an answer as binary only when bytes follow the JSON.
  if (!blobs.some((blob) => blob.length > 0)) return { headers: { 'content-type': 'application/json' }, body: json };
  return {
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(json.length) },
    body: Buffer.concat([json, ...blobs]),
  };
}

function writeTensor({ name, datatype, shape, data }: Tensor, blobs: Buffer[] | null): string {
  const head = `"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape}]`;
  if (blobs === null) return `{${head},"data":[${writeJsonValues(datatype, data)}]}`;
  const blob = writeBinaryValues(data);
  blobs.push(blob);
  return `{${head},"parameters":{"binary_data_size":${blob.length}}}`;
}
