// --container-concurrency: so many exchanges at the runtime at once, a bounded queue, beyond it a quick 503 (Knative's breaker).
import type { ConcurrencyConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { Middleware, ProxyRequest, ProxyResponse } from '../http/exchange.ts';
import type { Metrics } from '../metrics.ts';

interface Waiter {
  readonly request: ProxyRequest;
  readonly enter: () => void;
}

/** First come, first served; a client that leaves while it waits gives up its place. */
export function limitConcurrency(config: ConcurrencyConfig, metrics: Metrics): Middleware {
  const { maxInFlight, maxQueued } = config;
  const waiting = new Set<Waiter>(); // in order of arrival
  let inFlight = 0;

  const leave = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      inFlight -= 1;
      return;
    }
    waiting.delete(next); // its place is handed on, so inFlight stays
    metrics.queued.set(waiting.size);
    next.enter();
  };
  const enter = (request: ProxyRequest): Promise<void> | null => {
    if (inFlight < maxInFlight) {
      inFlight += 1;
      return null;
    }
    if (waiting.size >= maxQueued) {
      metrics.queueRefused.add();
      throw new OutriggerError(
        'OVERLOADED',
        `${maxInFlight} requests are with the runtime and ${maxQueued} wait: try again later`,
      );
    }
    return new Promise((resolve, reject) => {
      const waiter = { request, enter: resolve };
      waiting.add(waiter);
      metrics.queued.set(waiting.size);
      request.cancellation.onCancel(() => {
        if (!waiting.delete(waiter)) return;
        metrics.queued.set(waiting.size);
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
