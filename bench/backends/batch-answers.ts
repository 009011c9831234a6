// What the runtime stub answers to one inference request: rows that repeat their inputs; null when the request is wrong.
// Small bodies are parsed whole. Large ones are sampled: a stub that read 23 MB of JSON would be what is measured.

import { MODEL, type StubOptions } from '../batching/stub-model.ts';
import { floats, tensorsAnswerHeader } from '../batching/workloads.ts';

export interface StubAnswer {
  readonly rows: number;
  readonly body: Buffer | string;
  /** Of the JSON in front of binary tensors; null: all is JSON. */
  readonly headerBytes: number | null;
}

const SAMPLED_ABOVE_BYTES = 65_536;
const ROW_ELEMENTS = 4;
const [INSTANCES, INSTANCES_END] = ['{"instances":[', ']}'];
const [IMAGE_BEGIN, IMAGE_END] = ['[[[', ']]]'];
const IMAGE_SEPARATOR = Buffer.from(`${IMAGE_END},${IMAGE_BEGIN}`);
const FLOAT_BYTES = 4;
const NUMBER_BYTES_MAX = 32; // a sampled number's text

export function answerV1(body: Buffer): StubAnswer | null {
  if (body.length > SAMPLED_ABOVE_BYTES) return answerImages(body);
  const text = body.toString('latin1');
  const { instances } = parse(text) as { instances?: unknown };
  if (!Array.isArray(instances) || !text.startsWith(INSTANCES) || !text.endsWith(INSTANCES_END)) return null;
  if (!instances.every((row) => Array.isArray(row) && row.length === ROW_ELEMENTS && row.every(Number.isFinite)))
    return null;
  const rows = text.slice(INSTANCES.length, -INSTANCES_END.length);
  return { rows: instances.length, body: `{"predictions":[${rows}]}`, headerBytes: null };
}

export function answerV2(body: Buffer, headerBytes: number | null, options: StubOptions): StubAnswer | null {
  if (headerBytes !== null) return answerTensors(body, headerBytes, options);
  const text = body.toString('latin1');
  const { inputs } = parse(text) as { inputs?: readonly Tensor[] };
  const [input, ...more] = Array.isArray(inputs) ? inputs : [];
  const [rows, elements] = input?.shape ?? [];
  if (rows === undefined || elements !== ROW_ELEMENTS || more.length > 0 || input?.name !== 'x') return null;
  if (input.data?.length !== rows * elements || !input.data.every(Number.isFinite)) return null;
  const begin = text.indexOf('"data":[') + '"data":['.length;
  const data = text.slice(begin, text.indexOf(']', begin));
  const output = `{"name":"y","shape":[${rows},4],"datatype":"FP32","data":[${data}]}`;
  return { rows, body: `{"model_name":"${MODEL}","model_version":"1","outputs":[${output}]}`, headerBytes: null };
}

interface Tensor {
  readonly name: string;
  readonly shape?: readonly number[];
  readonly data?: readonly number[];
  readonly parameters?: { readonly binary_data_size?: number };
}

/** Rows are `[[[first,...,last]]]`; the answer is [first, last, length of the row's text]. */
function answerImages(body: Buffer): StubAnswer | null {
  const end = body.length - INSTANCES_END.length;
  if (body.toString('latin1', 0, INSTANCES.length) !== INSTANCES || body.toString('latin1', end) !== INSTANCES_END)
    return null;
  const answers: string[] = [];
  for (let at = INSTANCES.length; at < end; ) {
    const separator = body.indexOf(IMAGE_SEPARATOR, at);
    const rowEnd = separator < 0 ? end : separator + IMAGE_END.length;
    const first = /^\[\[\[([\d.-]+),/.exec(body.toString('latin1', at, at + NUMBER_BYTES_MAX))?.[1];
    const last = /,([\d.-]+)\]\]\]$/.exec(body.toString('latin1', rowEnd - NUMBER_BYTES_MAX, rowEnd))?.[1];
    if (first === undefined || last === undefined) return null;
    answers.push(`[${first},${last},${rowEnd - at}]`);
    at = rowEnd + 1;
  }
  return { rows: answers.length, body: `{"predictions":[${answers}]}`, headerBytes: null };
}

/** Binary FP32 inputs in the order of the model; the answer holds the first and last element of each row of each. */
function answerTensors(body: Buffer, headerBytes: number, { inputs }: StubOptions): StubAnswer | null {
  const header = parse(body.toString('latin1', 0, headerBytes)) as { inputs?: readonly Tensor[] };
  const rows = header.inputs?.[0]?.shape?.[0] ?? 0;
  const samples: number[][] = Array.from({ length: rows }, () => []);
  let at = headerBytes;
  for (const [index, [name, elements]] of Object.entries(inputs).entries()) {
    const tensor = header.inputs?.[index];
    const rowBytes = elements * FLOAT_BYTES;
    if (tensor?.name !== name || tensor.shape?.[0] !== rows || tensor.shape[1] !== elements) return null;
    if (tensor.parameters?.binary_data_size !== rows * rowBytes || at + rows * rowBytes > body.length) return null;
    for (const row of samples) {
      row.push(body.readFloatLE(at), body.readFloatLE(at + rowBytes - FLOAT_BYTES));
      at += rowBytes;
    }
  }
  if (rows === 0 || at !== body.length) return null;
  const head = tensorsAnswerHeader(rows);
  return { rows, body: Buffer.concat([Buffer.from(head), floats(...samples.flat())]), headerBytes: head.length };
}

function parse(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {}; // not JSON: it lacks whatever the caller looks for
  }
}
