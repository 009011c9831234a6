// What the oracle's models compute: rows in, rows out, each row by itself, so that an answer in a batch is the answer alone.
import type { Behaviour } from './behaviour.ts';
import { type Element, numberOf } from './elements.ts';
import type { AskedOutput, InferCall, Tensor } from './infer-call.ts';
import { RuntimeFault } from './runtime-fault.ts';

/** Outputs in the model's own order. @throws RuntimeFault */
export function runModel(name: string, call: InferCall, behaviour: Behaviour): Tensor[] {
  checkRows(name, call, behaviour);
  for (const { datatype, elements } of call.inputs) {
    if (datatype !== 'FP32') continue;
    for (const element of elements) refusePoison(numberOf(datatype, element), behaviour);
  }
  const all = compute(name, call, behaviour).map((output) => misbehave(output, behaviour));
  for (const { name: asked } of call.outputs ?? [])
    if (!all.some((output) => output.name === asked))
      throw new RuntimeFault(400, `unexpected inference output '${asked}' for model '${name}'`);
  const chosen = all.filter((output) =>
    call.outputs === null
      ? output.name !== 'p' || all.length === 1
      : call.outputs.some((one) => one.name === output.name),
  );
  const kept = chosen.filter((output) => !behaviour.omitted.includes(output.name));
  return behaviour.reversed ? kept.reverse() : kept;
}

function checkRows(name: string, { inputs, rows }: InferCall, { maxBatchRows }: Behaviour): void {
  const other = inputs.find(({ shape }) => shape[0] !== rows);
  if (other !== undefined)
    throw new RuntimeFault(400, `input '${other.name}' batch size does not match other inputs for '${name}'`);
  if (rows === 0) throw new RuntimeFault(400, `input byte size mismatch for input '${inputs[0]?.name}'`);
  if (maxBatchRows !== null && rows > maxBatchRows)
    throw new RuntimeFault(400, `inference request batch-size must be <= ${maxBatchRows} for '${name}'`);
}

/** @throws RuntimeFault 400 that names the value */
export function refusePoison(value: number, { poison }: Behaviour): void {
  if (value === poison) throw new RuntimeFault(400, `value ${poison} cannot be served`);
}

function compute(name: string, call: InferCall, { kind }: Behaviour): Tensor[] {
  if (kind === 'echo') {
    const outputs = call.inputs.map((input) => ({ ...input, name: `o_${input.name}` }));
    return outputs.sort((a, b) => (a.name < b.name ? -1 : 1)); // as with Triton, the order is the model's
  }
  const [x] = call.inputs;
  if (x === undefined || call.inputs.length > 1 || x.name !== 'x')
    throw new RuntimeFault(400, `expected 1 inputs but got ${call.inputs.length} inputs for model '${name}'`);
  const numbers = x.elements.map((element) => numberOf(x.datatype, element));
  if (kind === 'classify') return [classify(x, numbers, asked(call.outputs, 'p'))];
  if (x.datatype !== 'FP32' || x.shape.length !== 2 || x.shape[1] !== 2)
    throw new RuntimeFault(
      400,
      `unexpected shape for input 'x' for model '${name}'. Expected [-1,2], got [${x.shape}]`,
    );
  const rows = x.shape[0] as number;
  const sums = Array.from(
    { length: rows },
    (_, row) => (numbers[2 * row] as number) + (numbers[2 * row + 1] as number),
  );
  return [
    column('y', sums),
    column(
      'p',
      sums.map((sum) => -sum),
    ),
  ];
}

function asked(outputs: readonly AskedOutput[] | null, name: string): number {
  return outputs?.find((output) => output.name === name)?.classes ?? 1;
}

function column(name: string, numbers: readonly number[]): Tensor {
  const elements = numbers.map((number) => (Object.is(number, -0) ? '-0.0' : String(number)));
  return { name, datatype: 'FP32', shape: [numbers.length, 1], elements };
}

/** The best of each row, as `value:index` (Triton's classification extension). */
function classify(x: Tensor, numbers: readonly number[], classes: number): Tensor {
  const [rows = 0, each = 0] = x.shape;
  const kept = Math.min(classes, each);
  const elements = Array.from({ length: rows }, (_, row) => {
    const ranked = numbers.slice(row * each, (row + 1) * each).map((value, index) => ({ value, index }));
    ranked.sort((a, b) => b.value - a.value || a.index - b.index);
    return ranked.slice(0, kept).map(({ value, index }) => `"${value}:${index}"`);
  });
  return { name: 'p', datatype: 'BYTES', shape: [rows, kept], elements: elements.flat() };
}

function misbehave(output: Tensor, { surplusRows, timesEachRow, batchDimension }: Behaviour): Tensor {
  const [rows = 0, ...inner] = output.shape;
  const each = inner.reduce((product, dimension) => product * dimension, 1);
  const rowOf = (row: number): readonly Element[] => output.elements.slice(row * each, (row + 1) * each);
  let answered = Array.from({ length: rows }, (_, row) => rowOf(row));
  if (rows > 1) {
    answered = answered.flatMap((row) => Array.from({ length: timesEachRow }, () => row));
    const last = answered.at(-1) as readonly Element[];
    const wanted = batchDimension ? answered.length + surplusRows : 1;
    answered = Array.from({ length: wanted }, (_, row) => answered[row] ?? last);
  }
  return { ...output, shape: [answered.length, ...inner], elements: answered.flat() };
}
