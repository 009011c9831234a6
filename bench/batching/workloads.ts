// The requests of the batch scenarios: what one client sends, and the very bytes that it must get back. Rows carry the numbers of
// their client and turn, and the stub's answers repeat them, so that an answer which went to the wrong client is noticed.

import { MODEL, MODEL_PATH } from './stub-model.ts';

export interface Call {
  /** The whole HTTP request in pieces; large middles are shared by all calls. */
  readonly parts: readonly Buffer[];
  /** The body of its answer. */
  readonly expected: Buffer;
}

/** Requests of `rows` rows; `turn` tells calls of one client apart. */
export type Workload = (client: number, turn: number, rows: number) => Call;

/** One row: its numbers tell the client, the turn and the place in the request. */
const smallRow = (client: number, turn: number, row: number) => `${client}.${turn}5,${row},-0.0625,1e-3`;

/** `{"instances":[[4 numbers],...]}`. */
export const smallV1: Workload = (client, turn, rows) => {
  const lists = Array.from({ length: rows }, (_, row) => `[${smallRow(client, turn, row)}]`).join(',');
  return {
    parts: [post(`/v1/models/${MODEL}:predict`, `{"instances":[${lists}]}`)],
    expected: Buffer.from(`{"predictions":[${lists}]}`),
  };
};

/** One FP32 input [rows, 4] as flat JSON. */
export const smallV2: Workload = (client, turn, rows) => {
  const data = Array.from({ length: rows }, (_, row) => smallRow(client, turn, row)).join(',');
  const input = `{"name":"x","shape":[${rows},4],"datatype":"FP32","data":[${data}]}`;
  const output = `{"name":"y","shape":[${rows},4],"datatype":"FP32","data":[${data}]}`;
  return {
    parts: [post(`${MODEL_PATH}/infer`, `{"inputs":[${input}]}`)],
    expected: Buffer.from(`{"model_name":"${MODEL}","model_version":"1","outputs":[${output}]}`),
  };
};

const IMAGE_SIDE = 224;
const IMAGE_ROW = `[${Array.from({ length: IMAGE_SIDE }, (_, at) => `0.${String(7_919 * (at + 1)).padStart(16, '3')}`)}]`;
const IMAGE_PLANE = `[${Array.from({ length: IMAGE_SIDE }, () => IMAGE_ROW)}]`;
/** All of a 3x224x224 image but its first and its last number. */
const IMAGE_MIDDLE = Buffer.from(`[${[IMAGE_PLANE, IMAGE_PLANE, IMAGE_PLANE]}]`.slice('[[['.length, -']]]'.length));

/** One image of 2.9 MB of JSON as nested lists; the answer is its first number, its last number and its length as text. */
export const imageV1: Workload = (client, turn, rows) => {
  const rowsOfParts = Array.from({ length: rows }, (_, row) => {
    const [first, last] = [`${1_000_000 + 1_000 * client + 10 * turn + row}`, `-${1_000 * client + turn}.5`];
    const bytes = first.length + IMAGE_MIDDLE.length + last.length + '[[[,,]]]'.length;
    return { parts: [`[[[${first},`, IMAGE_MIDDLE, `,${last}]]]`], answer: `[${first},${last},${bytes}]` };
  });
  const body = ['{"instances":[', ...rowsOfParts.flatMap(({ parts }, at) => (at > 0 ? [',', ...parts] : parts)), ']}'];
  return {
    parts: postParts(`/v1/models/${MODEL}:predict`, body),
    expected: Buffer.from(`{"predictions":[${rowsOfParts.map((each) => each.answer)}]}`),
  };
};

export const TENSOR_ELEMENTS = 75_264; // two of them are one 3x224x224 image: 602 KB of FP32 a row
const FLOAT_BYTES = 4;

/** Two binary FP32 inputs [rows, 75264]; the binary output [rows, 4] is the first and last element of each row of both. */
export const tensorsV2: Workload = (client, turn, rows) => {
  const numbers = Array.from({ length: rows }, (_, row) => {
    const id = 10_000 * client + 100 * turn + row; // exact in FP32 below 2^22 with quarters
    return [id, id + 0.25, -id, id + 0.5] as const;
  });
  const middle = Buffer.alloc((TENSOR_ELEMENTS - 2) * FLOAT_BYTES, 0x3d);
  const tensor = (at: 0 | 2) => numbers.flatMap((each) => [floats(each[at]), middle, floats(each[at + 1]!)]);
  const binary = `"parameters":{"binary_data_size":${rows * TENSOR_ELEMENTS * FLOAT_BYTES}}`;
  const input = (name: string) => `{"name":"${name}","shape":[${rows},${TENSOR_ELEMENTS}],"datatype":"FP32",${binary}}`;
  const header = `{"inputs":[${input('a')},${input('b')}],"outputs":[{"name":"y","parameters":{"binary_data":true}}]}`;
  return {
    parts: postParts(`${MODEL_PATH}/infer`, [header, ...tensor(0), ...tensor(2)], header.length),
    expected: Buffer.concat([Buffer.from(tensorsAnswerHeader(rows)), floats(...numbers.flat())]),
  };
};

/** What the stub says in front of the binary output. */
export function tensorsAnswerHeader(rows: number): string {
  const size = `"parameters":{"binary_data_size":${rows * 4 * FLOAT_BYTES}}`;
  const output = `{"name":"y","shape":[${rows},4],"datatype":"FP32",${size}}`;
  return `{"model_name":"${MODEL}","model_version":"1","outputs":[${output}]}`;
}

export function floats(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * FLOAT_BYTES);
  for (const [at, value] of values.entries()) bytes.writeFloatLE(value, at * FLOAT_BYTES);
  return bytes;
}

/** A whole POST; `headerBytes` is the JSON in front of binary tensors. */
export function postParts(
  path: string,
  body: readonly (string | Buffer)[],
  headerBytes: number | null = null,
): Buffer[] {
  const bytes = body.map((each) => (typeof each === 'string' ? Buffer.from(each) : each));
  const length = bytes.reduce((sum, each) => sum + each.length, 0);
  const type = headerBytes === null ? 'application/json' : 'application/octet-stream';
  const more = headerBytes === null ? '' : `Inference-Header-Content-Length: ${headerBytes}\r\n`;
  const fields = `Host: bench\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n${more}`;
  return [Buffer.from(`POST ${path} HTTP/1.1\r\n${fields}\r\n`), ...bytes];
}

function post(path: string, body: string): Buffer {
  return Buffer.concat(postParts(path, [body]));
}
