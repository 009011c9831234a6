// One call to the runtime for the members of a batch, and what each of them is answered, whatever becomes of it.
import type { Readable } from 'node:stream';
import type { Body, Handler, ProxyResponse } from '../http/exchange.ts';
import type { AnswerDress } from './answer/answer-dress.ts';
import { isSuccess, planAnswer } from './answer/answer-plan.ts';
import { collectAnswer } from './answer/collect-answer.ts';
import { memberAnswer, sharedFields } from './answer/member-answer.ts';
import type { MemberReruns } from './answer/member-reruns.ts';
import type { Batch } from './batch.ts';
import type { FinishedCall } from './batch-queue.ts';
import type { KeyHeaders } from './key-headers.ts';
import type { Member } from './member.ts';
import type { AssembledBody } from './merge/assembled-body.ts';
import { awaitedBy } from './merge/awaited-call.ts';
import { mergeMembers, splitAnswer } from './merge/merge-members.ts';
import { mergedRequest } from './merge/merged-request.ts';

export interface BatchCallParts {
  readonly next: Handler;
  readonly keyHeaders: KeyHeaders;
  readonly dress: AnswerDress;
  readonly reruns: MemberReruns;
  /** What the runtime said of the model may be outdated. */
  doubtLimits(model: string): void;
}

/** Never rejects: whatever happens is in the members' answers. */
export async function callRuntime(batch: Batch, parts: BatchCallParts): Promise<FinishedCall> {
  const [first] = batch.members as readonly [Member];
  try {
    const finished = await (batch.members.length === 1
      ? callAlone(first, { batch, parts })
      : callTogether(batch, parts));
    return { ok: finished.ok, giveAnswers: () => giveOrReject(batch, finished) };
  } catch (error) {
    parts.doubtLimits(batch.queue.model); // whoever comes up again may have another configuration
    return { ok: false, giveAnswers: () => rejectAll(batch, error) };
  }
}

/** A fault of ours amid the answers is the answer of those that have none yet: nobody waits for ever. */
function giveOrReject(batch: Batch, finished: FinishedCall): void {
  try {
    finished.giveAnswers();
  } catch (error) {
    rejectAll(batch, error);
  }
}

/** A lone member's bytes go as they came, and so does its answer. */
async function callAlone(
  member: Member,
  { batch, parts }: { batch: Batch; parts: BatchCallParts },
): Promise<FinishedCall> {
  const response = await parts.next(member.request);
  const ok = isSuccess(response.status);
  const giveAnswers = () => parts.dress.give(member, { response, batch });
  if (response.body instanceof Uint8Array) return { ok, giveAnswers };
  const over = sentOrStalled(response.body);
  giveAnswers(); // a stream is not held back
  await over;
  return { ok, giveAnswers: () => undefined };
}

/** The runtime is busy with a stream until its end; but a client that reads slowly must not keep others of its kind waiting. */
function sentOrStalled(body: Readable): Promise<void> {
  return new Promise((resolve) => {
    if (body.closed) resolve();
    body.once('close', resolve);
    body.once('pause', resolve);
  });
}

async function callTogether(batch: Batch, parts: BatchCallParts): Promise<FinishedCall> {
  const { members, queue } = batch;
  const sentId = queue.health.sendsId ? `"${batch.id}"` : null;
  const body = mergeMembers(members, sentId);
  const awaited = awaitedBy(members);
  const { cancellation } = awaited;
  const request = mergedRequest({ members, body, keyHeaders: parts.keyHeaders, cancellation });
  const response = await parts.next(request);
  const bytes = await collectAnswer(response);
  awaited.callEnded();
  if (bytes === null) return { ok: false, giveAnswers: () => parts.reruns.afterUnsplittable(batch) };
  const answer = { ...response, body: bytes, trailers: null };
  switch (planAnswer(response.status)) {
    case 'same':
      return { ok: false, giveAnswers: () => giveToAll(batch, { answer, parts }) };
    case 'rerun':
      return {
        ok: false,
        giveAnswers: () => parts.reruns.afterFailure(batch, { failure: answer, sentId: sentId !== null }),
      };
    case 'split':
      return { ok: true, giveAnswers: () => giveParts(batch, { answer, sentId, sent: wasRead(request.body), parts }) };
  }
}

interface WholeAnswer extends ProxyResponse {
  readonly body: Uint8Array;
}

function giveToAll(batch: Batch, { answer, parts }: { answer: WholeAnswer; parts: BatchCallParts }): void {
  const response = { ...answer, batch: batch.note };
  for (const member of batch.members) parts.dress.give(member, { response, batch });
}

/** To each its rows; when they cannot be told apart with certainty, nobody gets any of them. */
function giveParts(
  batch: Batch,
  { answer, sentId, sent, parts }: { answer: WholeAnswer; sentId: string | null; sent: boolean; parts: BatchCallParts },
): void {
  const { members, queue } = batch;
  const headerLength = answer.headers.get('inference-header-content-length');
  // A cookie is meant for one caller, and nobody knows which.
  const isForOne = answer.headers.get('set-cookie') !== undefined;
  const bodies = isForOne ? null : splitAnswer({ members, body: answer.body, headerLength, sentId });
  if (bodies === null) {
    parts.reruns.afterUnsplittable(batch);
    return;
  }
  queue.health.succeeded();
  const shared = sharedFields(answer.headers);
  const { note } = batch;
  for (const [index, member] of members.entries()) {
    if (member.settled) continue;
    const body = bodies[index] as AssembledBody;
    parts.dress.give(member, { response: memberAnswer(member, { response: answer, shared, body, note }), batch });
  }
  // Their answers have nothing of their requests' bytes. An answer that came before they were sent proves nothing.
  if (sent) for (const member of members) member.spent();
}

/** To its end, or it was a copy. */
function wasRead(body: Body): boolean {
  return body instanceof Uint8Array || body.readableEnded;
}

function rejectAll({ members }: Batch, error: unknown): void {
  for (const member of members) member.reject(error);
}
