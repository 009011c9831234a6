// Our own HTTP client for small requests to a store: on connections that are kept, tried again while it is busy or away.
import { setTimeout as sleep } from 'node:timers/promises';
import type { TransferConfig } from '../../config/storage-config.ts';
import { OutriggerError } from '../../errors.ts';
import { fetchWhole, type WholeAnswer } from '../http/fetch-whole.ts';
import type { AnswerHead, HttpClient, HttpLane } from '../http/http-client.ts';
import { followRedirects, maxRedirects, nextHop, type Resolved, redirectOf } from '../http/redirects.ts';
import { backoffMs, isDistrust, isPassingStatus, readRetryAfterMs } from '../http/retry-rules.ts';
import type { OnSetback, Reach, StoreRequest } from '../object-store.ts';
import { unreachableRemedy } from './call-failure.ts';

export interface RetryingClientOptions {
  readonly http: HttpClient;
  readonly reach: Reach;
  readonly transfer: Pick<TransferConfig, 'maxAttempts' | 'maxBackoffMs'>;
  readonly onSetback?: OnSetback | undefined;
}

const maxIdleLanes = 8;

export class RetryingClient implements Disposable {
  readonly #options: RetryingClientOptions;
  readonly #idleLanes: HttpLane[] = [];
  #closed = false;

  constructor(options: RetryingClientOptions) {
    this.#options = options;
  }

  /** Where a GET finally leads and what is there, of any status; redirects followed. @throws as followRedirects */
  follow(request: StoreRequest, signal: AbortSignal): Promise<Resolved> {
    const { http, reach } = this.#options;
    return this.#again(() => followRedirects(http, request, { reach, signal }), signal);
  }

  /** A document of any status; redirects followed. @throws as fetchWhole and nextHop */
  async document(request: StoreRequest, limits: { maxBytes: number; signal: AbortSignal }): Promise<WholeAnswer> {
    let next = request;
    for (let hops = 0; hops <= maxRedirects; hops += 1) {
      const asked = next;
      const answer = await this.#again(() => this.#onLane((lane) => fetchWhole(lane, asked, limits)), limits.signal);
      const location = redirectOf(answer.head);
      if (location === null) return answer;
      next = nextHop(next, location);
    }
    throw new OutriggerError('STORE_FAILED', `${request.url.host}: more than ${maxRedirects} redirects`);
  }

  /** The head alone, a redirect's too. */
  async head(request: StoreRequest, signal: AbortSignal): Promise<AnswerHead> {
    const ask = () => this.#onLane((lane) => fetchWhole(lane, request, { maxBytes: 0, signal }));
    return (await this.#again(ask, signal)).head;
  }

  /** What is under way goes on until its signal ends it. */
  [Symbol.dispose](): void {
    this.#closed = true;
    for (const lane of this.#idleLanes.splice(0)) lane.close();
  }

  async #onLane<T>(ask: (lane: HttpLane) => Promise<T>): Promise<T> {
    const lane = this.#idleLanes.pop() ?? this.#options.http.openLane(this.#options.reach);
    try {
      return await ask(lane);
    } finally {
      if (!this.#closed && this.#idleLanes.length < maxIdleLanes) this.#idleLanes.push(lane);
      else lane.close();
    }
  }

  /** The last answer, or the last failure, when no attempt brought a better one. */
  async #again<T extends { readonly head: AnswerHead }>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { onSetback, transfer } = this.#options;
    const { maxAttempts, maxBackoffMs } = transfer;
    for (let failures = 1; ; failures += 1) {
      let afterMs: number | null = null;
      try {
        const answer = await ask();
        if (failures >= maxAttempts || !isPassingStatus(answer.head.status)) return answer;
        onSetback?.(`the store answered ${answer.head.status}`);
        afterMs = readRetryAfterMs(answer.head.headers.get('retry-after'), Date.now());
      } catch (error) {
        if (signal.aborted || !isWorthAnother(error)) throw error;
        if (failures >= maxAttempts) throw withRemedy(error);
        onSetback?.(error.message);
      }
      const waitMs = Math.min(maxBackoffMs, afterMs ?? backoffMs(failures, maxBackoffMs, Math.random));
      await sleep(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

function withRemedy({ code, message, cause }: OutriggerError): OutriggerError {
  return new OutriggerError(code, `${message}; ${unreachableRemedy}`, { cause });
}

function isWorthAnother(error: unknown): error is OutriggerError {
  if (!(error instanceof OutriggerError) || error.code !== 'STORE_UNREACHABLE') return false;
  const { code = '' } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return !isDistrust(code);
}
