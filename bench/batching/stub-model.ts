// What the runtime stub is told, and what it says of its one model.

export const MODEL = 'm';
export const MODEL_PATH = `/v2/models/${MODEL}`;

/** The answer takes aMs + cMs * rows after a slot is free; `slots` calls are worked on at once, others wait in order. */
export interface StubOptions {
  readonly aMs: number;
  readonly cMs: number;
  readonly slots: number;
  readonly maxRows: number; // a request with more is refused
  readonly tellsConfig: boolean; // false: only metadata with a batch dimension of -1, so that nobody is told the slots
  readonly inputs: Readonly<Record<string, number>>; // elements of a row, by name
}

/** Since the stub was last asked. */
export interface StubCounts {
  readonly calls: number;
  readonly rows: number;
  readonly refused: number;
  /** From a free slot to the answer, by rows of the call. */
  readonly serviceMs: Readonly<Record<number, { readonly calls: number; readonly sumMs: number }>>;
}

const OUTPUTS = { y: 4 };

/** As Triton's GET /v2/models/m/config, as far as a client reads it. */
export function modelConfig({ slots, maxRows, inputs }: StubOptions): string {
  const tensors = (elements: Readonly<Record<string, number>>) =>
    Object.entries(elements).map(([name, count]) => ({ name, data_type: 'TYPE_FP32', dims: [count] }));
  return JSON.stringify({
    name: MODEL,
    max_batch_size: maxRows,
    input: tensors(inputs),
    output: tensors(OUTPUTS),
    instance_group: [{ name: `${MODEL}_0`, kind: 'KIND_CPU', count: slots }],
  });
}

/** The same model as V2 metadata: a first dimension of -1 is all that it says of batching. */
export function modelMetadata({ inputs }: StubOptions): string {
  const tensors = (elements: Readonly<Record<string, number>>) =>
    Object.entries(elements).map(([name, count]) => ({ name, datatype: 'FP32', shape: [-1, count] }));
  return JSON.stringify({
    name: MODEL,
    versions: ['1'],
    platform: 'stub',
    inputs: tensors(inputs),
    outputs: tensors(OUTPUTS),
  });
}
