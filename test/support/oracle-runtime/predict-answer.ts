// V1 :predict (TensorFlow Serving's api_rest.md, row format): each prediction is the sum of its numbers, or the instance itself.
import type { Behaviour } from './behaviour.ts';
import { fieldOf, type Json, leavesOf, readJson } from './lossless-json.ts';
import { refusePoison } from './models.ts';
import type { RuntimeAnswer } from './runtime-answer.ts';
import { RuntimeFault } from './runtime-fault.ts';

export interface PredictCall {
  readonly instances: readonly Json[] | null; // null: column format
}

/** @throws RuntimeFault 400 */
export function readPredictCall(body: Buffer): PredictCall {
  const json = readJson(body.toString('latin1'));
  const instances = fieldOf(json, 'instances');
  if (instances === undefined && fieldOf(json, 'inputs') !== undefined) return { instances: null };
  if (instances?.kind !== 'list') throw new RuntimeFault(400, 'Expected "instances" to be a list');
  return { instances: instances.items };
}

export function predictAnswer({ instances }: PredictCall, behaviour: Behaviour): RuntimeAnswer {
  const headers = ['Content-Type', 'application/json'];
  if (instances === null) return { status: 200, headers, body: Buffer.from('{"outputs":[1]}') };
  for (const { text } of instances) refusePoison(Number(/^[[\s]*(-?\d+)/.exec(text)?.[1]), behaviour);
  let predictions = instances.map((instance) => (behaviour.kind === 'sum' ? sumOf(instance) : instance.text));
  if (predictions.length > 1) {
    const count = behaviour.batchDimension ? predictions.length + behaviour.surplusRows : 1;
    predictions = Array.from({ length: count }, (_, at) => predictions[at] ?? 'null');
  }
  return { status: 200, headers, body: Buffer.from(`{"predictions":[${predictions}]}`, 'latin1') };
}

function sumOf(instance: Json): string {
  if (instance.kind === 'object') return instance.text;
  const numbers = leavesOf(instance).map(Number);
  return String(numbers.reduce((sum, number) => sum + number, 0));
}
