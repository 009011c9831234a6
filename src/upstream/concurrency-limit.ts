// --container-concurrency: so many exchanges at the runtime at once, a bounded queue, beyond it a quick 503 (Knative's breaker).
import type { ConcurrencyConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { Middleware, ProxyRequest, ProxyResponse } from '../http/exchange.ts';
import type { Metrics } from '../metrics.ts';

/** First come, first served; a client that leaves while it waits gives up its place. */
export function limitConcurrency(config: ConcurrencyConfig, metrics: Metrics): Middleware {
  const { maxInFlight, maxQueued } = config;
  const waiting: (() => void)[] = []; // in order of arrival; a Set would keep them alive (server/in-flight.ts)
  let inFlight = 0;

  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) {
      inFlight -= 1;
      return;
    }
    metrics.queued.set(waiting.length);
    next(); // its place is handed on, so inFlight stays
  };
  const enter = (request: ProxyRequest): Promise<void> | null => {
    if (inFlight < maxInFlight) {
      inFlight += 1;
      return null;
    }
    if (waiting.length >= maxQueued) {
      metrics.queueRefused.add();
      throw new OutriggerError(
        'OVERLOADED',
        `${maxInFlight} requests are with the runtime and ${maxQueued} wait: try again later`,
      );
    }
    return new Promise((resolve, reject) => {
      waiting.push(resolve);
      metrics.queued.set(waiting.length);
      request.cancellation.onCancel(() => {
        const at = waiting.indexOf(resolve);
        if (at < 0) return; // it was let in
        waiting.splice(at, 1);
        metrics.queued.set(waiting.length);
        reject(gone());
      });
    });
  };
  return (next) => async (request) => {
    const turn = enter(request);
    if (turn !== null) await turn;
    if (request.cancellation.cancelled) {
      leave();
      throw gone();
    }
    let response: ProxyResponse;
    try {
      response = await next(request);
    } catch (error) {
      leave();
      throw error;
    }
    // A streamed answer keeps its place until its last byte.
    if (response.body instanceof Uint8Array) leave();
    else response.body.once('close', leave);
    return response;
  };
}

function gone(): OutriggerError {
  return new OutriggerError('CLIENT_GONE', 'the client left while its request waited');
}
