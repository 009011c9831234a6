// Whether a request fits a model: names, datatypes, shapes and rows, in Triton's words.
import type { TensorSpec } from './onnx-model.ts';
import { V2Error } from './v2-error.ts';

interface Signature {
  readonly name: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly maxBatchSize: number;
}

/** @throws V2Error 400 */
export function checkInputs(model: Signature, inputs: readonly TensorSpec[]): void {
  for (const input of inputs) {
    const spec = model.inputs.find(({ name }) => name === input.name);
    if (spec === undefined)
      throw new V2Error(400, `unexpected inference input '${input.name}' for model '${model.name}'`);
    checkInput(model, spec, input);
  }
  const missing = model.inputs.filter(({ name }) => !inputs.some((input) => input.name === name));
  if (missing.length > 0) {
    const names = missing.map(({ name }) => `'${name}'`).join(', ');
    const counts = `expected ${model.inputs.length} inputs but got ${inputs.length} inputs`;
    throw new V2Error(400, `${counts} for model '${model.name}'. Missing: ${names}`);
  }
  if (model.maxBatchSize > 0) checkRows(model, inputs);
}

/** @throws V2Error 400 */
export function checkOutputs(model: Signature, outputs: readonly { readonly name: string }[]): void {
  for (const output of outputs) {
    if (!model.outputs.some(({ name }) => name === output.name)) {
      throw new V2Error(400, `unexpected inference output '${output.name}' for model '${model.name}'`);
    }
  }
}

function checkInput(model: Signature, spec: TensorSpec, input: TensorSpec): void {
  if (input.datatype !== spec.datatype) {
    const found = `inference input '${input.name}' data-type is '${input.datatype}'`;
    throw new V2Error(400, `${found}, but model '${model.name}' expects '${spec.datatype}'`);
  }
  // ONNX Runtime reports a tensor of unknown rank as it reports a scalar: the model's nodes decide.
  if (spec.shape.length === 0) return;
  const fits =
    input.shape.length === spec.shape.length &&
    spec.shape.every((size, axis) => size < 0 || size === input.shape[axis]);
  if (!fits) {
    const sizes = `Expected [${spec.shape}], got [${input.shape}]`;
    throw new V2Error(400, `unexpected shape for input '${input.name}' for model '${model.name}'. ${sizes}`);
  }
}

function checkRows({ name, maxBatchSize }: Signature, inputs: readonly TensorSpec[]): void {
  const rows = inputs[0]?.shape[0] ?? 0;
  const other = inputs.find(({ shape }) => shape[0] !== rows);
  if (other !== undefined) {
    throw new V2Error(400, `input '${other.name}' batch size does not match other inputs for '${name}'`);
  }
  if (rows > maxBatchSize)
    throw new V2Error(400, `inference request batch-size must be <= ${maxBatchSize} for '${name}'`);
  if (rows === 0) throw new V2Error(400, `inference request batch-size must be >= 1 for '${name}'`);
}
