// Several V1 requests as one: the first, with everybody's instances in its array.
import { interior } from '../../v2/json/json-array.ts';
import type { PredictRequest } from '../../v2/predict-request.ts';
import { type AssembledBody, assemble, type Piece } from './assembled-body.ts';

/** Instances keep their nesting and their text: in V1 only the outer dimension is known. The other keys are the first's, equal by the batch key. */
export function mergePredict(requests: readonly PredictRequest[]): AssembledBody {
  const [first] = requests as readonly [PredictRequest, ...PredictRequest[]];
  const pieces: Piece[] = [first.body.subarray(0, first.instances.start + 1)];
  for (const { body, instances } of requests) {
    if (pieces.length > 1) pieces.push(',');
    pieces.push(interior(body, instances));
  }
  pieces.push(first.body.subarray(first.instances.end - 1));
  return assemble(pieces, null);
}
