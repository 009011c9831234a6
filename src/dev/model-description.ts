// How a model describes itself: V2 metadata, and the part of Triton's model configuration that a client can learn from.
import type { OnnxModel } from './onnx-model.ts';

type Described = Pick<OnnxModel, 'name' | 'version' | 'inputs' | 'outputs' | 'maxBatchSize'>;

/** OIP inference_rest.md, "Model Metadata". */
export function describeMetadata({ name, version, inputs, outputs }: Described): object {
  return { name, versions: [version], platform: 'onnxruntime_onnx', inputs, outputs };
}

/** Triton's ModelConfig: `dims` leave out the batch dimension when max_batch_size is above 0. */
export function describeConfig({ name, inputs, outputs, maxBatchSize }: Described): object {
  const describe = ({ name: tensor, datatype, shape }: Described['inputs'][number]) => ({
    name: tensor,
    data_type: `TYPE_${datatype === 'BYTES' ? 'STRING' : datatype}`,
    dims: maxBatchSize > 0 ? shape.slice(1) : shape,
  });
  return {
    name,
    platform: 'onnxruntime_onnx',
    backend: 'onnxruntime',
    version_policy: { latest: { num_versions: 1 } },
    max_batch_size: maxBatchSize,
    input: inputs.map(describe),
    output: outputs.map(describe),
  };
}
