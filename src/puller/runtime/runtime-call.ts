// One order or question to the runtime over HTTP/1.1: bounded in time and bytes, no redirects, failures as our own errors.
import { Agent, type IncomingMessage, request as sendRequest } from 'node:http';
import { OutriggerError } from '../../errors.ts';
import { hostAndPort } from '../../http/authority.ts';

export interface RuntimeCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With query, percent-encoded. Whatever is asked must do no harm twice. */
  readonly path: string;
  /** JSON. */
  readonly body?: string;
  /** From now to the last byte of the answer. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** What the answer has beyond it is cut off; default 1 MiB. */
  readonly maxAnswerBytes?: number;
}

export interface RuntimeAnswer {
  /** Any, also 3xx and 5xx. */
  readonly status: number;
  readonly text: string;
  /** The text ends before the answer did. */
  readonly cut: boolean;
}

/** How many calls are on their way at once is up to the callers. */
export interface RuntimeCalls extends AsyncDisposable {
  /**
   * @throws OutriggerError UPSTREAM_UNREACHABLE (refused, reset, no such host, no HTTP), UPSTREAM_TIMEOUT; the reason of `signal`
   */
  call(call: RuntimeCall): Promise<RuntimeAnswer>;
}

/** Below the 5 s after which MLServer closes idle connections (runtimes.md 4). */
const idleTimeoutMs = 4000;
const defaultMaxAnswerBytes = 1_048_576;
/** Of connections that wait for the next call. */
const maxIdleConnections = 16;

/** Opens no connection yet. */
export function openRuntimeCalls({ host, port }: { readonly host: string; readonly port: number }): RuntimeCalls {
  // node:http rather than undici: it tells whether a connection was used before, which is what a second try hangs on.
  const agent = new Agent({ keepAlive: true, timeout: idleTimeoutMs, maxFreeSockets: maxIdleConnections });
  const stopped = new AbortController();
  return {
    call: (call) => {
      const lastMs = performance.now() + call.deadlineMs;
      return exchange({ call, options: { host, port, agent }, lastMs, stopped: stopped.signal });
    },
    async [Symbol.asyncDispose]() {
      stopped.abort(new OutriggerError('SHUTTING_DOWN', 'the agent stops'));
      agent.destroy();
    },
  };
}

interface Attempt {
  readonly call: RuntimeCall;
  readonly options: Where;
  /** On the clock of `performance.now()`. */
  readonly lastMs: number;
  readonly stopped: AbortSignal;
}

interface Where {
  readonly host: string;
  readonly port: number;
  /** False: a connection of its own. */
  readonly agent: Agent | false;
}

async function exchange(attempt: Attempt): Promise<RuntimeAnswer> {
  const { call, options, lastMs } = attempt;
  const { method, path, body, maxAnswerBytes = defaultMaxAnswerBytes } = call;
  const place = hostAndPort(options.host, options.port);
  const signals = [call.signal, attempt.stopped];
  for (const signal of signals) signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const request = sendRequest({ ...options, method, path, headers });
    let settled = false; // what comes later is the end of a connection that we closed
    const settle = (outcome: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(deadline);
      for (const signal of signals) signal.removeEventListener('abort', abort);
      outcome();
    };
    const fail = (error: unknown): void => {
      settle(() => reject(error));
      request.destroy();
    };
    const abort = (): void => fail(signals.find((signal) => signal.aborted)?.reason);
    const deadline = setTimeout(() => fail(tooLate(place, call)), Math.max(1, lastMs - performance.now()));
    for (const signal of signals) signal.addEventListener('abort', abort);
    request.on('error', (error) => {
      // uvicorn closes connections without a word after an error; a runtime that was restarted knows none of the old ones.
      if (request.reusedSocket && isReset(error)) settle(() => resolve(exchange(onNewConnection(attempt))));
      else fail(unreachable(place, error));
    });
    request.once('response', (response) => {
      collectAnswer(response, maxAnswerBytes).then(
        (answer) => settle(() => resolve(answer)),
        (error) => fail(unreachable(place, error)),
      );
    });
    request.end(body);
  });
}

function onNewConnection(attempt: Attempt): Attempt {
  return { ...attempt, options: { ...attempt.options, agent: false } };
}

function tooLate(place: string, { method, path, deadlineMs }: RuntimeCall): OutriggerError {
  const words = `the runtime at ${place} did not answer ${method} ${path} within ${deadlineMs} ms`;
  return new OutriggerError('UPSTREAM_TIMEOUT', words);
}

function isReset(error: Error): boolean {
  return ['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function unreachable(place: string, cause: unknown): OutriggerError {
  // A name with several addresses fails with one error for each, and no words of its own.
  const words = cause instanceof AggregateError ? cause.errors.map(String).join('; ') : (cause as Error).message;
  return new OutriggerError('UPSTREAM_UNREACHABLE', `no answer from the runtime at ${place}: ${words}`, { cause });
}

async function collectAnswer(response: IncomingMessage, maxBytes: number): Promise<RuntimeAnswer> {
  const status = response.statusCode as number;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) break; // which ends the connection
  }
  const whole = Buffer.concat(chunks);
  return { status, text: whole.toString('utf8', 0, maxBytes), cut: bytes > maxBytes };
}
