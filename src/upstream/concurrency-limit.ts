// --container-concurrency: so many exchanges at the runtime at once, a bounded queue, beyond it a quick 503 (Knative's breaker).
import type { ConcurrencyConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { Middleware, ProxyRequest, ProxyResponse } from '../http/exchange.ts';
import type { Metrics } from '../metrics.ts';

export function limitConcurrency(config: ConcurrencyConfig, metrics: Metrics): Middleware {
  const places = new Places(config, metrics);
  return (next) => async (request) => {
    const turn = places.enter(request);
    if (turn !== null) await turn;
    if (request.cancellation.cancelled) {
      places.leave();
      throw gone();
    }
    let response: ProxyResponse;
    try {
      response = await next(request);
    } catch (error) {
      places.leave();
      throw error;
    }
    // A streamed answer keeps its place until its last byte.
    if (response.body instanceof Uint8Array) places.leave();
    else response.body.once('close', () => places.leave());
    return response;
  };
}

/** First come, first served; a client that leaves while it waits gives up its turn. */
class Places {
  readonly #config: ConcurrencyConfig;
  readonly #metrics: Metrics;
  readonly #waiting: (() => void)[] = []; // in order of arrival; a Set would keep them alive (server/in-flight.ts)
  #inFlight = 0;

  constructor(config: ConcurrencyConfig, metrics: Metrics) {
    this.#config = config;
    this.#metrics = metrics;
  }

  /** Null: at once. Who entered must leave. @throws OutriggerError OVERLOADED, CLIENT_GONE while waiting */
  enter(request: ProxyRequest): Promise<void> | null {
    const { maxInFlight, maxQueued } = this.#config;
    if (this.#inFlight < maxInFlight) {
      this.#inFlight += 1;
      return null;
    }
    if (this.#waiting.length >= maxQueued) {
      this.#metrics.queueRefused.add();
      throw new OutriggerError(
        'OVERLOADED',
        `${maxInFlight} requests are with the runtime and ${maxQueued} wait: try again later`,
      );
    }
    return this.#wait(request);
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#inFlight -= 1;
      return;
    }
    this.#metrics.queued.set(this.#waiting.length);
    next(); // its place is handed on, so #inFlight stays
  }

  #wait({ cancellation }: ProxyRequest): Promise<void> {
    const waiting = this.#waiting;
    return new Promise((resolve, reject) => {
      waiting.push(resolve);
      this.#metrics.queued.set(waiting.length);
      cancellation.onCancel(() => {
        const at = waiting.indexOf(resolve);
        if (at < 0) return; // it was let in
        waiting.splice(at, 1);
        this.#metrics.queued.set(waiting.length);
        reject(gone());
      });
    });
  }
}

function gone(): OutriggerError {
  return new OutriggerError('CLIENT_GONE', 'the client left while its request waited');
}
