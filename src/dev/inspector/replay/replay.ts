// Sends a request once more, through the agent's own port, and tells how it went.
import { OutriggerError } from '../../../errors.ts';
import type { Replayed } from '../api.ts';
import type { KeptRequest } from '../kept-exchange.ts';
import { isWhole } from '../view/message-part.ts';
import { sendHttp1 } from './send-http1.ts';

const replayDeadlineMs = 30_000;
/** Of the answer; a stream that goes on and on is left there. */
const maxAnswerBytes = 64 * 1024 * 1024;

export interface ReplayBounds {
  /** Until the last byte of the answer; default 30 s. */
  readonly deadlineMs?: number;
}

/** `agentUrl`: http://host:port. @throws OutriggerError UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT; INTERNAL: its body was not kept whole */
export async function replay(request: KeptRequest, agentUrl: string, bounds: ReplayBounds = {}): Promise<Replayed> {
  if (!isWhole(request.body)) throw new OutriggerError('INTERNAL', 'the body of the request was not kept whole');
  const deadline = AbortSignal.timeout(bounds.deadlineMs ?? replayDeadlineMs);
  const startedMs = performance.now();
  const send = request.protocol === 'http2' ? (await import('./send-http2.ts')).sendHttp2 : sendHttp1;
  try {
    const { status, grpcStatus } = await send({ request, agentUrl, deadline, maxAnswerBytes });
    return { status, grpcStatus, totalMs: performance.now() - startedMs };
  } catch (cause) {
    const code = deadline.aborted ? 'UPSTREAM_TIMEOUT' : 'UPSTREAM_UNREACHABLE';
    const what = deadline.aborted ? 'the agent did not answer in time' : 'the agent did not answer';
    throw new OutriggerError(code, `${what}: ${(cause as Error).message}`, { cause });
  }
}
