// What a status of the runtime means for the members of a batch (protocol page 8.6).

/**
 * `split`: the answer holds everybody's rows. `rerun`: one member may have spoiled it for all, or the batch was too large:
 * each is asked for alone (Triton answers 500 to malformed data, so 500 does not tell whose fault it is). `same`: about the
 * model, the caller's rights, or the runtime's load: everybody gets it, and nobody asks again (a storm is no help).
 */
export type AnswerPlan = 'split' | 'rerun' | 'same';

const oneMembersFault = new Set([400, 413, 422, 500]);

export function planAnswer(status: number): AnswerPlan {
  if (isSuccess(status)) return 'split';
  return oneMembersFault.has(status) ? 'rerun' : 'same';
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
