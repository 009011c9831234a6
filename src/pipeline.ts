// The request path on one screen: the stages in the order that a request meets them, then the runtime.
import type { Config } from './config/slices.ts';
import { compose, type Handler } from './http/exchange.ts';
import type { Metrics } from './metrics.ts';
import { limitConcurrency } from './upstream/concurrency-limit.ts';

export interface PipelineParts {
  readonly config: Config;
  readonly metrics: Metrics;
  readonly http1: Handler;
  readonly http2: Handler;
}

export function buildPipeline({ config, metrics, http1, http2 }: PipelineParts): Handler {
  return compose(
    [config.concurrency === null ? null : limitConcurrency(config.concurrency, metrics)],
    // The runtime is called with the client's own protocol.
    (request) => (request.protocol === 'http1' ? http1(request) : http2(request)),
  );
}
