// The answers of KServe's batcher, for clients that read its fields: a message, the batch, the predictions (kserve pkg/batcher/handler.go).
import { skipSpace } from '../../v2/json/json-scan.ts';
import { readPredictAnswer } from '../../v2/predict-answer.ts';

export interface KserveFacts {
  /** The runtime answered with 2xx. */
  readonly ok: boolean;
  /** Needs no escapes in JSON. */
  readonly batchId: string;
}

/** A V1 answer with KServe's fields in front of its own; one without predictions becomes the message. (Its status stays: KServe makes it 200.) */
export function inKserveShape(body: Uint8Array, { ok, batchId }: KserveFacts): Uint8Array {
  if (!ok || readPredictAnswer(body) === null) return errorShape(body);
  const front = Buffer.from(`{"message":"","batchId":"${batchId}",`);
  return Buffer.concat([front, body.subarray(skipSpace(body, 0) + 1)]); // behind its brace
}

/** The runtime's body as a text, whatever it is. */
function errorShape(body: Uint8Array): Uint8Array {
  const message = JSON.stringify(new TextDecoder().decode(body));
  return Buffer.from(`{"message":${message},"batchId":"","predictions":null}`);
}
