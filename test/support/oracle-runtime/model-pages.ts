// What the oracle says about its models when asked: Triton's metadata, config, readiness, load and unload.
import type { Behaviour } from './behaviour.ts';
import type { RuntimeAnswer } from './runtime-answer.ts';
import { RuntimeFault } from './runtime-fault.ts';

interface Port {
  readonly name: string;
  readonly datatype: string;
  readonly dimensions: readonly number[]; // without the batch
}

const ports: Readonly<
  Record<Behaviour['kind'], { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] }>
> = {
  sum: {
    inputs: [{ name: 'x', datatype: 'FP32', dimensions: [2] }],
    outputs: [{ name: 'y', datatype: 'FP32', dimensions: [1] }],
  },
  echo: { inputs: [], outputs: [] },
  classify: {
    inputs: [{ name: 'x', datatype: 'FP32', dimensions: [-1] }],
    outputs: [{ name: 'p', datatype: 'FP32', dimensions: [-1] }],
  },
};

export interface PageQuestion {
  readonly method: string;
  readonly page: 'metadata' | 'config' | 'ready' | 'load' | 'unload';
  readonly model: string;
}

/** @throws RuntimeFault 404 */
export function modelPage({ page, model }: PageQuestion, behaviour: Behaviour): RuntimeAnswer {
  if (page === 'ready' || page === 'load' || page === 'unload')
    return { status: 200, headers: [], body: Buffer.alloc(0) };
  if (page === 'metadata') return json(metadataOf(model, behaviour));
  if (behaviour.maxBatchRows === null) throw new RuntimeFault(404, 'Not Found');
  return json(configOf(model, behaviour.maxBatchRows, behaviour));
}

function json(value: object): RuntimeAnswer {
  return { status: 200, headers: ['Content-Type', 'application/json'], body: Buffer.from(JSON.stringify(value)) };
}

function metadataOf(name: string, { kind }: Behaviour): object {
  const tensor = ({ name: own, datatype, dimensions }: Port) => ({ name: own, datatype, shape: [-1, ...dimensions] });
  const { inputs, outputs } = ports[kind];
  return { name, versions: ['1'], platform: 'oracle', inputs: inputs.map(tensor), outputs: outputs.map(tensor) };
}

function configOf(name: string, maxBatchRows: number, { kind }: Behaviour): object {
  const flags = { is_shape_tensor: false, allow_ragged_batch: false, optional: false };
  const described = ({ name: own, datatype, dimensions }: Port) => ({
    name: own,
    data_type: `TYPE_${datatype}`,
    dims: dimensions,
  });
  const { inputs, outputs } = ports[kind];
  return {
    name,
    platform: '',
    backend: 'oracle',
    max_batch_size: maxBatchRows,
    input: inputs.map((input) => ({ ...described(input), ...flags })),
    output: outputs.map(described),
    instance_group: [{ name, kind: 'KIND_CPU', count: 1, gpus: [] }],
    model_transaction_policy: { decoupled: false },
  };
}
