import { describe, expect, it } from 'vitest';
import { readModelConfig, readModelMetadata } from '../../src/v2/model-config.ts';

const tensor = {
  name: 'INPUT0',
  data_type: 'TYPE_FP32',
  format: 'FORMAT_NONE',
  dims: [4],
  is_shape_tensor: false,
  allow_ragged_batch: false,
  optional: false,
  is_non_linear_format_io: false,
};
const group = { name: 'add_sub_0', kind: 'KIND_CPU', count: 1, gpus: [], secondary_devices: [], profile: [] };
const output = { name: 'OUTPUT0', data_type: 'TYPE_FP32', dims: [4], label_filename: '', is_shape_tensor: false };

/** As Triton prints it: all primitive fields. */
function tritonConfig(changes: object = {}): unknown {
  return {
    name: 'add_sub',
    platform: '',
    backend: 'python',
    runtime: '',
    version_policy: { latest: { num_versions: 1 } },
    max_batch_size: 32,
    input: [tensor],
    output: [output],
    batch_input: [],
    batch_output: [],
    optimization: {
      priority: 'PRIORITY_DEFAULT',
      input_pinned_memory: { enable: true },
      gather_kernel_buffer_threshold: 0,
    },
    instance_group: [{ ...group, passive: false, host_policy: '' }],
    default_model_filename: 'model.py',
    cc_model_filenames: {},
    metric_tags: {},
    parameters: {},
    model_warmup: [],
    model_transaction_policy: { decoupled: false },
    ...changes,
  };
}

describe("Triton's model config", () => {
  it('gives the rows of one call and the calls at once', () => {
    expect(readModelConfig(tritonConfig())).toEqual({
      batchable: true,
      why: 'its config says max_batch_size 32',
      maxRows: 32,
      slots: 1,
    });
  });

  it.each([
    ['max_batch_size 0', { max_batch_size: 0 }, 'max_batch_size 0'],
    ['max_batch_size 1', { max_batch_size: 1 }, 'max_batch_size 1'],
    ['a negative one', { max_batch_size: -1 }, 'max_batch_size -1'],
    ['sequence batching', { sequence_batching: { max_sequence_idle_microseconds: 0 } }, 'sequence_batching'],
    ['decoupled answers', { model_transaction_policy: { decoupled: true } }, 'decoupled'],
    ['ragged input', { batch_input: [{ kind: 'BATCH_ELEMENT_COUNT', target_name: ['N'] }] }, 'batch_input'],
    ['ragged output', { batch_output: [{ kind: 'BATCH_SCATTER_WITH_INPUT_SHAPE' }] }, 'batch_output'],
    [
      'a shape tensor',
      { input: [tensor, { ...tensor, name: 'S', is_shape_tensor: true }] },
      'input "S" is a shape tensor',
    ],
    [
      'a shape tensor as output',
      { output: [{ ...output, is_shape_tensor: true }] },
      'output "OUTPUT0" is a shape tensor',
    ],
  ])('with %s never batches, and says why', (_, changes, why) => {
    const limits = readModelConfig(tritonConfig(changes));
    expect(limits).toMatchObject({ batchable: false, maxRows: null, slots: null });
    expect(limits?.why).toContain(why);
  });

  it.each([
    [
      'instances add up',
      [
        { ...group, count: 2 },
        { ...group, count: 3 },
      ],
      5,
    ],
    ['instances on GPUs are so many on each', [{ ...group, kind: 'KIND_GPU', count: 2, gpus: [0, 1, 3] }], 6],
    ['passive instances take no requests', [group, { ...group, count: 4, passive: true }], 1],
    ['the backend may place them itself', [{ ...group, kind: 'KIND_MODEL', count: 2 }], 2],
    ['all GPUs are an unknown number', [group, { ...group, kind: 'KIND_GPU', count: 1, gpus: [] }], null],
    ['an automatic choice is unknown', [{ ...group, kind: 'KIND_AUTO' }], null],
    ['no groups (an ensemble) say nothing', [], null],
    ['a count of 0 says nothing', [{ ...group, count: 0 }], null],
  ])('%s', (_, instance_group, slots) => {
    expect(readModelConfig(tritonConfig({ instance_group }))).toMatchObject({ batchable: true, slots });
  });

  it('with dynamic_batching leaves the slots to be learned', () => {
    const dynamic_batching = { preferred_batch_size: [8], max_queue_delay_microseconds: 100, preserve_ordering: false };
    const limits = readModelConfig(tritonConfig({ dynamic_batching }));
    expect(limits).toMatchObject({ batchable: true, maxRows: 32, slots: null });
    expect(limits?.why).toContain('dynamic_batching');
  });

  it.each([
    null,
    'x',
    7,
    [],
    [tritonConfig()],
    {},
    { error: 'Not Found' },
    { max_batch_size: '8' },
    { max_batch_size: 1.5 },
  ])('is not %j', (json) => {
    expect(readModelConfig(json)).toBeNull();
  });
});

describe('V2 metadata', () => {
  const x = { name: 'x', datatype: 'FP32', shape: [-1, 2] };
  const y = { name: 'y', datatype: 'FP32', shape: [-1] };
  const metadata = (inputs: unknown, outputs: unknown) => ({
    name: 'm',
    versions: ['1'],
    platform: 'sk',
    inputs,
    outputs,
  });

  it('with a variable first dimension everywhere takes any number of rows', () => {
    expect(readModelMetadata(metadata([x], [y]))).toMatchObject({ batchable: true, maxRows: null, slots: null });
  });

  it('may print its numbers as strings', () => {
    expect(readModelMetadata(metadata([{ ...x, shape: ['-1', '2'] }], [y]))?.batchable).toBe(true);
    expect(readModelMetadata(metadata([{ ...x, shape: ['1', '2'] }], [y]))?.batchable).toBe(false);
  });

  it.each([
    ['input', [x, { ...x, name: 'z', shape: [1, 4] }], [y], 'input "z" is fixed: 1'],
    ['output', [x], [{ ...y, shape: [10] }], 'output "y" is fixed: 10'],
    ['input, though no outputs are named', [{ ...x, shape: [3] }], [], 'input "x" is fixed: 3'],
  ])('with a fixed first dimension of an %s never batches', (_, inputs, outputs, why) => {
    const limits = readModelMetadata(metadata(inputs, outputs));
    expect(limits?.batchable).toBe(false);
    expect(limits?.why).toContain(why);
  });

  it.each([
    ['no inputs', metadata([], [y])],
    ['no outputs', metadata([x], [])],
    ['neither', { name: 'm' }],
    ['null for both', metadata(null, null)],
    ['an input without a shape', metadata([x, { name: 'w', datatype: 'FP32' }], [y])],
    ['an input with an empty shape', metadata([x, { ...x, shape: [] }], [y])],
    ['no object', null],
  ])('with %s says nothing', (_, json) => {
    expect(readModelMetadata(json)).toBeNull();
  });

  it("cuts a tensor's name: it is the runtime's text in our log", () => {
    const limits = readModelMetadata(metadata([{ name: `a\n"${'b'.repeat(1000)}`, shape: [1] }], [y]));
    expect(limits?.why).toContain('"a\\n\\"bbb');
    expect(limits?.why.length).toBeLessThan(200);
  });
});
