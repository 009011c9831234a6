// A small document of a store, whole: a page of a list, the head of an object. One attempt; no status is judged.
import { OutriggerError } from '../../errors.ts';
import type { StoreRequest } from '../object-store.ts';
import type { AnswerHead, FetchFailure, HttpLane } from './http-client.ts';

export interface FetchWholeOptions {
  /** Of the body; a longer one is STORE_FAILED. 0: no body is wanted, and its length does not matter. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface WholeAnswer {
  readonly head: AnswerHead; // of any status
  readonly body: Buffer;
}

/**
 * The lane has to be idle, and is afterwards.
 * @throws OutriggerError STORE_UNREACHABLE, STORE_FAILED, ADDRESS_REFUSED; the signal's reason
 */
export function fetchWhole(lane: HttpLane, request: StoreRequest, options: FetchWholeOptions): Promise<WholeAnswer> {
  const { maxBytes, signal } = options;
  if (signal.aborted) return Promise.reject(signal.reason);
  const { promise, resolve, reject } = Promise.withResolvers<WholeAnswer>();
  const parts: Buffer[] = [];
  let head: AnswerHead | null = null;
  let bodyBytes = 0;
  const cancel = lane.fetch(request, {
    head(received) {
      head = received;
      return maxBytes > 0;
    },
    bytes(chunk) {
      bodyBytes += chunk.length;
      if (bodyBytes > maxBytes) throw tooLong(request, maxBytes);
      parts.push(Buffer.from(chunk));
    },
    ended(failure) {
      signal.removeEventListener('abort', onAbort);
      if (failure === null) resolve({ head: head as unknown as AnswerHead, body: Buffer.concat(parts) });
      else reject(errorOf(failure));
    },
  });
  const onAbort = () => {
    cancel();
    reject(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return promise;
}

/** What a failure is called when nobody tries again. */
function errorOf({ kind, message, cause }: FetchFailure): OutriggerError {
  if (cause instanceof OutriggerError) return cause;
  const options = cause === null ? {} : { cause };
  if (kind === 'refused') return new OutriggerError('ADDRESS_REFUSED', message, options);
  const answered = kind === 'protocol' || kind === 'receiver';
  return new OutriggerError(answered ? 'STORE_FAILED' : 'STORE_UNREACHABLE', message, options);
}

function tooLong({ url }: StoreRequest, maxBytes: number): OutriggerError {
  return new OutriggerError(
    'STORE_FAILED',
    `${url.host}: an answer longer than the ${maxBytes} bytes that are read of it`,
  );
}
