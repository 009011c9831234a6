// When a batch failed as one: each member is run alone, once, so that nobody pays for another's mistake (protocol page 8.6).
import { OutriggerError } from '../../errors.ts';
import type { Handler, ProxyResponse } from '../../http/exchange.ts';
import type { Log } from '../../log.ts';
import type { Batch } from '../batch.ts';
import type { Remedy } from '../key-health.ts';
import type { Member } from '../member.ts';
import type { AnswerDress } from './answer-dress.ts';
import { isSuccess } from './answer-plan.ts';

/** Of one batch: a runtime that has just failed is not stormed. */
const maxAtOnce = 4;

export interface FailedBatch {
  readonly failure: ProxyResponse;
  /** It carried an id of ours. */
  readonly sentId: boolean;
}

export interface MemberRerunsParts {
  /** False: models have side effects, nothing is sent twice. */
  readonly rerun: boolean;
  readonly next: Handler;
  readonly dress: AnswerDress;
  readonly log: Log;
  /** What the runtime said of the model may be outdated. */
  doubtLimits(model: string): void;
}

export class MemberReruns {
  readonly #parts: MemberRerunsParts;

  constructor(parts: MemberRerunsParts) {
    this.#parts = parts;
  }

  /** The runtime refused the batch: by whose fault shows when each is asked for alone. */
  afterFailure(batch: Batch, { failure, sentId }: FailedBatch): void {
    const { rerun, dress } = this.#parts;
    if (rerun) void this.#runAll(batch).then((worked) => this.#learn(batch, { worked, sentId }));
    else {
      this.#parts.doubtLimits(batch.queue.model); // what each would have been told is not known: the batch may have been too large
      for (const member of batch.members) dress.give(member, { response: failure, batch });
    }
  }

  /** Its rows cannot be told apart: the key is not batched for a while. */
  afterUnsplittable(batch: Batch): void {
    this.#report(batch, batch.queue.health.cannotBeSplit(performance.now()));
    if (this.#parts.rerun) {
      void this.#runAll(batch);
      return;
    }
    const error = new OutriggerError(
      'UPSTREAM_PROTOCOL_ERROR',
      "the runtime's answer to a batch cannot be split, and --batcher-rerun=false forbids to ask again",
    );
    for (const member of batch.members) member.reject(error);
  }

  /** @returns how many were answered well. */
  async #runAll(batch: Batch): Promise<number> {
    const waiting = [...batch.members];
    let worked = 0;
    const lane = async (): Promise<void> => {
      for (let member = waiting.shift(); member !== undefined; member = waiting.shift()) {
        if (!member.settled && (await this.#runAlone(member, batch))) worked += 1;
      }
    };
    await Promise.all(Array.from({ length: maxAtOnce }, lane));
    return worked;
  }

  async #runAlone(member: Member, batch: Batch): Promise<boolean> {
    batch.queue.metrics.reruns.add();
    try {
      const response = await this.#parts.next(member.request);
      this.#parts.dress.give(member, { response, batch: batch.only(member) });
      return isSuccess(response.status);
    } catch (error) {
      member.reject(error);
      return false;
    }
  }

  #learn(batch: Batch, { worked, sentId }: { worked: number; sentId: boolean }): void {
    const { members, rows, queue } = batch;
    const allWorkedAlone = worked === members.length;
    if (allWorkedAlone) this.#parts.doubtLimits(queue.model);
    const allHaveIds = members.every(({ content }) => content.protocol === 'v2' && content.request.id !== null);
    const nowMs = performance.now();
    this.#report(batch, queue.health.failedTogether({ nowMs, rows, allWorkedAlone, allHaveIds, sentId }));
  }

  #report({ members, queue }: Batch, remedy: Remedy | null): void {
    if (remedy === null) return;
    if (remedy === 'quarantine') queue.metrics.quarantines.add();
    const path = (members[0] as Member).request.path.split('?', 1)[0];
    this.#parts.log.warn({ path, remedy }, sentences[remedy]);
  }
}

const sentences: Readonly<Record<Remedy, string>> = {
  id: 'a batch failed though each of its requests works alone: batches of its kind are sent with an id from now on',
  'fewer rows':
    'a batch failed though each of its requests works alone: batches of its kind get fewer rows from now on',
  quarantine: 'batches of its kind fail or cannot be split: its requests go alone for a while',
};
