// Requests written as text and hex, read as the agent reads them, and assembled bodies as one block again.
import type { AssembledBody } from '../../src/batcher/merge/assembled-body.ts';
import { type InferSplit, splitInfer } from '../../src/batcher/merge/split-infer.ts';
import { readInferAnswer } from '../../src/v2/infer-answer.ts';
import type { InferRequest } from '../../src/v2/infer-request.ts';
import type { PredictRequest } from '../../src/v2/predict-request.ts';
import { readInferRequest } from '../../src/v2/read-infer-request.ts';
import { readPredictRequest } from '../../src/v2/read-predict-request.ts';

/** Hex with spaces wherever they help the reader. */
export function hex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(' ', ''), 'hex');
}

/** @param blobs hex, or bytes; undefined: the request says nothing of a header */
export function inferRequest(json: string | Uint8Array, blobs?: string | Uint8Array): InferRequest {
  const header = typeof json === 'string' ? Buffer.from(json) : json;
  const behind = typeof blobs === 'string' ? hex(blobs) : (blobs ?? Buffer.alloc(0));
  const headerLength = blobs === undefined ? undefined : String(header.length);
  const request = readInferRequest(Buffer.concat([header, behind]), headerLength);
  if (typeof request === 'string') throw new Error(`${request}: ${header}`);
  return request;
}

export function predictRequest(json: string): PredictRequest {
  const request = readPredictRequest(Buffer.from(json));
  if (typeof request === 'string') throw new Error(`${request}: ${json}`);
  return request;
}

/** All its parts as one block; checks that `bytes` is their length. */
export function blockOf({ parts, bytes }: AssembledBody): Buffer {
  const block = Buffer.concat(parts);
  if (block.length !== bytes) throw new Error(`${bytes} bytes announced, ${block.length} there`);
  return block;
}

/** JSON as text, and the blobs behind it as hex; null: no header length is sent. */
export function readable(body: AssembledBody): { json: string; blobs: string | null } {
  const block = blockOf(body);
  const { headerBytes } = body;
  return {
    json: block.subarray(0, headerBytes ?? block.length).toString(),
    blobs: headerBytes === null ? null : block.subarray(headerBytes).toString('hex'),
  };
}

export interface Answer {
  readonly json: string | Uint8Array;
  /** Hex; absent: the answer says nothing of a header. */
  readonly blobs?: string | undefined;
}

/** Two members with ids "a" and "b", unless `split` says otherwise. */
export function splitAnswer({ json, blobs }: Answer, split: Partial<Omit<InferSplit, 'answer'>> = {}) {
  const header = typeof json === 'string' ? Buffer.from(json) : json;
  const headerLength = blobs === undefined ? undefined : String(header.length);
  const answer = readInferAnswer(Buffer.concat([header, hex(blobs ?? '')]), headerLength);
  if (answer === null) return null;
  const ids = ['"a"', '"b"'];
  const newId = () => 'fresh';
  return splitInfer({ rows: [1, 2], ids, sentId: null, requestedOutputs: null, newId, ...split, answer });
}
