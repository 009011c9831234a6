// What a model may do with many rows in one call, read from what its runtime says: Triton's model config, or V2 metadata.

export interface ModelLimits {
  readonly batchable: boolean;
  /** Completes "model x is batched: ..." or "is not batched: ...". */
  readonly why: string;
  /** Rows of one call at most; null: the runtime names no limit. */
  readonly maxRows: number | null;
  /** Calls that the runtime works on at once; null: it does not say, or batches by itself. */
  readonly slots: number | null;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * `GET /v2/models/m[/versions/v]/config` (Triton's model_configuration extension; all primitive fields are printed).
 * @returns null when it is no model config.
 */
export function readModelConfig(json: unknown): ModelLimits | null {
  if (!isFields(json)) return null;
  const maxRows = json.max_batch_size;
  if (typeof maxRows !== 'number' || !Number.isSafeInteger(maxRows)) return null;
  const refusal = readRefusal(json, maxRows);
  if (refusal !== null) return unbatchable(refusal);
  const allowed = `its config says max_batch_size ${maxRows}`;
  // With a batcher of its own the runtime's instances take what that one makes of our calls: their number tells nothing.
  if (isFields(json.dynamic_batching)) {
    return { batchable: true, why: `${allowed}, and dynamic_batching (it batches itself too)`, maxRows, slots: null };
  }
  return { batchable: true, why: allowed, maxRows, slots: readSlots(json) };
}

/** The protocol page's rule 9 of 8.2, and its appendix C. */
function readRefusal(config: Fields, maxRows: number): string | null {
  if (maxRows < 2) return `its config says max_batch_size ${maxRows}`;
  if (isFields(config.sequence_batching)) return 'its config has sequence_batching: the order of requests matters';
  const policy = config.model_transaction_policy;
  if (isFields(policy) && policy.decoupled === true) return 'its config says decoupled: answers are not one a request';
  for (const name of ['batch_input', 'batch_output']) {
    if (listOf(config[name]).length > 0) return `its config has ${name}: ragged batches, made from single requests`;
  }
  for (const side of ['input', 'output']) {
    const tensor = listOf(config[side]).find((candidate) => candidate.is_shape_tensor === true);
    if (tensor !== undefined) return `its ${side} ${nameOf(tensor)} is a shape tensor: it has no rows`;
  }
  return null;
}

/** Sum over the instance groups that take requests; null when one of them does not say how many instances it is. */
function readSlots(config: Fields): number | null {
  const groups = listOf(config.instance_group).filter((group) => group.passive !== true);
  let slots = 0;
  for (const { kind, count, gpus } of groups) {
    if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 1) return null;
    if (kind === 'KIND_CPU' || kind === 'KIND_MODEL') slots += count;
    else if (kind === 'KIND_GPU' && Array.isArray(gpus) && gpus.length > 0) slots += count * gpus.length;
    else return null; // on every GPU that is there, or wherever the runtime likes
  }
  return slots === 0 ? null : slots;
}

/**
 * `GET /v2/models/m[/versions/v]` (OIP inference_rest.md): -1 is a variable dimension, and a model whose every tensor begins
 * with one takes any number of rows.
 * @returns null when it says nothing about rows: no inputs, no outputs, or tensors without a shape.
 */
export function readModelMetadata(json: unknown): ModelLimits | null {
  if (!isFields(json)) return null;
  const inputs = listOf(json.inputs);
  const outputs = listOf(json.outputs);
  const fixed = firstFixed(inputs, 'input') ?? firstFixed(outputs, 'output');
  if (fixed !== null) return unbatchable(fixed);
  if (inputs.length === 0 || outputs.length === 0) return null;
  if (![...inputs, ...outputs].every((tensor) => firstDim(tensor) === -1)) return null;
  const why = 'its metadata says that the first dimension of every input and output is variable';
  return { batchable: true, why, maxRows: null, slots: null };
}

function firstFixed(tensors: readonly Fields[], side: 'input' | 'output'): string | null {
  for (const tensor of tensors) {
    const dim = firstDim(tensor);
    if (dim !== null && dim !== -1) return `the first dimension of its ${side} ${nameOf(tensor)} is fixed: ${dim}`;
  }
  return null;
}

/** Null when there is none. A number as a string is how protobuf prints 64-bit integers as JSON. */
function firstDim({ shape }: Fields): number | null {
  const dim: unknown = Array.isArray(shape) ? shape[0] : undefined;
  const value = typeof dim === 'string' && /^-?\d{1,15}$/.test(dim) ? Number(dim) : dim;
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

function unbatchable(why: string): ModelLimits {
  return { batchable: false, why, maxRows: null, slots: null };
}

/** Quoted and cut: a tensor's name is the runtime's text in our log. */
function nameOf({ name }: Fields): string {
  return JSON.stringify(String(name).slice(0, 100));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}
