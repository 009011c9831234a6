// The requests to real runtimes: one row each, with numbers that tell the client and the turn.

import { floats, postParts } from '../batching/workloads.ts';
import type { RequestMaker } from './ask.ts';

const ELEMENTS = 4;

/** Exact in FP32 and short as text. */
const numbers = (client: number, turn: number, count = ELEMENTS) =>
  Array.from({ length: count }, (_, at) => client + turn / 4 + at * 128);

/** With an id: MLServer invents one for each answer otherwise, and no two are alike. */
const idOf = (client: number, turn: number) => `c${client}-${turn}`;

export const costlyV1: RequestMaker = (client, turn) =>
  postParts('/v1/models/costly:predict', [`{"instances":[[${numbers(client, turn)}]]}`]);

export const costlyJson: RequestMaker = (client, turn) => {
  const input = `{"name":"x","shape":[1,${ELEMENTS}],"datatype":"FP32","data":[${numbers(client, turn)}]}`;
  return postParts('/v2/models/costly/infer', [`{"id":"${idOf(client, turn)}","inputs":[${input}]}`]);
};

export const costlyBinary: RequestMaker = (client, turn) => {
  const tensor = floats(...numbers(client, turn));
  const input = `{"name":"x","shape":[1,${ELEMENTS}],"datatype":"FP32","parameters":{"binary_data_size":${tensor.length}}}`;
  const header = `{"inputs":[${input}],"parameters":{"binary_data_output":true}}`;
  return postParts('/v2/models/costly/infer', [header, tensor], header.length);
};

/** Pixels of 0 to 16; the class and ten probabilities come back. */
export const digitsJson: RequestMaker = (client, turn) => {
  const pixels = Array.from({ length: 64 }, (_, at) => (at * (client + 3) + turn * 5) % 17);
  const input = `{"name":"x","shape":[1,64],"datatype":"FP32","data":[${pixels}]}`;
  return postParts('/v2/models/digits/infer', [`{"inputs":[${input}]}`]);
};
