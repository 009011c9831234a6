// One V1 answer as everybody's own: the runtime's text with each member's predictions.
import { cutElements } from '../../v2/json/json-array.ts';
import { readPredictAnswer } from '../../v2/predict-answer.ts';
import { type AssembledBody, assemble } from './assembled-body.ts';
import { cutterOf, memberTexts } from './member-text.ts';

export interface PredictSplit {
  readonly body: Uint8Array;
  /** Instances of each member, in the order of the merged request. */
  readonly rows: readonly number[];
}

/**
 * In the order of the members, with views into the body; null: not one prediction for each instance, or another field that
 * may hold something for each instance too: nobody is given what may be another's.
 */
export function splitPredict({ body, rows }: PredictSplit): readonly AssembledBody[] | null {
  const answer = readPredictAnswer(body);
  const total = rows.reduce((sum, count) => sum + count, 0);
  if (answer === null || answer.predictions.elements !== total) return null;
  if (total > 1 && answer.otherLengths.includes(total)) return null;
  const { predictions } = answer;
  const cut = cutterOf(body);
  const shares = cutElements(body, predictions, rows).map(({ start, end }) => cut(start, end));
  const edit = { start: predictions.start + 1, end: predictions.end - 1, texts: shares };
  const texts = memberTexts([edit], { cut, textBytes: body.length, members: rows.length });
  return texts.map((text) => assemble(text, null));
}
