// Members to one body, and the answer to it back to a part for each: by protocol.
import { randomUUID } from 'node:crypto';
import { readInferAnswer } from '../../v2/infer-answer.ts';
import type { InferRequest } from '../../v2/infer-request.ts';
import type { PredictRequest } from '../../v2/predict-request.ts';
import type { Member } from '../member.ts';
import type { AssembledBody } from './assembled-body.ts';
import { mergeInfer } from './merge-infer.ts';
import { mergePredict } from './merge-predict.ts';
import { splitInfer } from './split-infer.ts';
import { splitPredict } from './split-predict.ts';

/** `id`: of the merged call, a JSON string as it is written; null for none. V1 knows no ids. */
export function mergeMembers(members: readonly Member[], id: string | null): AssembledBody {
  const infers = inferRequests(members);
  return infers.length > 0 ? mergeInfer(infers, id) : mergePredict(predictRequests(members));
}

export interface AnswerToSplit {
  readonly members: readonly Member[];
  readonly body: Uint8Array;
  /** Inference-Header-Content-Length of the answer. */
  readonly headerLength: string | undefined;
  readonly sentId: string | null;
}

/** A part for each member, in their order; null: the answer cannot be taken apart with certainty. */
export function splitAnswer({ members, body, headerLength, sentId }: AnswerToSplit): readonly AssembledBody[] | null {
  const rows = members.map((member) => member.rows);
  const infers = inferRequests(members);
  if (infers.length === 0) return splitPredict({ body, rows });
  const answer = readInferAnswer(body, headerLength);
  if (answer === null) return null;
  const requestedOutputs = (infers[0] as InferRequest).outputs?.map(({ name }) => name) ?? null;
  const ids = infers.map(({ id }) => id);
  return splitInfer({ answer, rows, ids, sentId, requestedOutputs, newId: randomUUID });
}

/** Members of one key are of one protocol: all of them, or none. */
function inferRequests(members: readonly Member[]): InferRequest[] {
  return members.flatMap(({ content }) => (content.protocol === 'v2' ? [content.request] : []));
}

function predictRequests(members: readonly Member[]): PredictRequest[] {
  return members.flatMap(({ content }) => (content.protocol === 'v1' ? [content.request] : []));
}
