// What the operator asked for on top of an answer: the `outrigger-batch` header, or the shape of today's KServe agent (V1).
import { randomUUID } from 'node:crypto';
import type { BatcherConfig } from '../../config/slices.ts';
import type { ProxyResponse } from '../../http/exchange.ts';
import { FlatHeaderBlock } from '../../http/header-block.ts';
import type { Batch } from '../batch.ts';
import type { Member } from '../member.ts';
import { isSuccess } from './answer-plan.ts';
import { decodeAnswer, wholeAnswer } from './collect-answer.ts';
import { inKserveShape } from './kserve-response.ts';
import { sharedFields } from './member-answer.ts';

/** An answer to one member of a batch, before anything is put on it. */
export interface Undressed {
  readonly response: ProxyResponse | Promise<ProxyResponse>;
  readonly batch: Batch;
}

export class AnswerDress {
  readonly #config: Pick<BatcherConfig, 'header' | 'response'>;

  constructor(config: Pick<BatcherConfig, 'header' | 'response'>) {
    this.#config = config;
  }

  /** Answers the member. */
  give(member: Member, { response, batch }: Undressed): void {
    if (!(response instanceof Promise) && this.#isPlain(member)) member.resolve(response);
    else {
      void this.#dress(member, { response, batch }).then(
        (dressed) => member.resolve(dressed),
        (error: unknown) => member.reject(error),
      );
    }
  }

  /** What a request that was not merged is answered: its shape must not depend on that. */
  passed(response: Promise<ProxyResponse>, protocol: 'v1' | 'v2'): Promise<ProxyResponse> {
    if (this.#config.response === 'runtime' || protocol !== 'v1') return response;
    return response.then((answer) => asKserve(answer, randomUUID()));
  }

  #isPlain({ content }: Member): boolean {
    return !this.#config.header && (this.#config.response === 'runtime' || content.protocol !== 'v1');
  }

  async #dress(member: Member, { response, batch }: Undressed): Promise<ProxyResponse> {
    let dressed = await response;
    if (this.#config.response === 'kserve' && member.content.protocol === 'v1') {
      dressed = await asKserve(dressed, batch.id);
    }
    return this.#config.header ? withBatchHeader(dressed, { member, batch }) : dressed;
  }
}

/** An answer that is too large to be held, or that cannot be decoded, stays as the runtime gave it. */
async function asKserve(response: ProxyResponse, batchId: string): Promise<ProxyResponse> {
  const whole = await wholeAnswer(response);
  if (!(whole.body instanceof Uint8Array)) return whole;
  const bytes = await decodeAnswer(whole.body, whole.headers);
  if (bytes === null) return whole;
  const shaped = inKserveShape(bytes, { ok: isSuccess(response.status), batchId });
  const flat = sharedFields(response.headers, ['content-type']); // what the others say holds for the runtime's body only
  return {
    ...response,
    headers: new FlatHeaderBlock([...flat, 'Content-Type', 'application/json']),
    body: shaped,
    trailers: null,
  };
}

function withBatchHeader(response: ProxyResponse, { member, batch }: { member: Member; batch: Batch }): ProxyResponse {
  const { rows, members, sentMs } = batch;
  const waitMs = Math.max(0, sentMs - member.arrivedMs).toFixed(1);
  const flat = response.headers.write([]);
  flat.push('Outrigger-Batch', `rows=${rows};requests=${members.length};wait-ms=${waitMs}`);
  return { ...response, headers: new FlatHeaderBlock(flat) };
}
