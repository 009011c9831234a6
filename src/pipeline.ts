// The request path on one screen: the stages in the order that a request meets them, then the runtime.
import { Batcher } from './batcher/batcher.ts';
import type { Config } from './config/slices.ts';
import { compose, type Handler, type Middleware } from './http/exchange.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { limitConcurrency } from './upstream/concurrency-limit.ts';
import { timeCalls } from './upstream/time-calls.ts';

export interface PipelineParts {
  readonly config: Config;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly http1: Handler;
  readonly http2: Handler;
  /** Each null when it is off. */
  readonly inspect: Middleware | null;
  readonly logPayloads: Middleware | null;
  readonly denyApis: Middleware | null;
  readonly gateModels: Middleware | null;
}

export interface Pipeline {
  readonly handle: Handler;
  /** Null when it is off. */
  readonly batcher: Batcher | null;
}

export function buildPipeline(parts: PipelineParts): Pipeline {
  const { config, metrics, log, http1, http2, inspect, logPayloads, denyApis, gateModels } = parts;
  // The limit stands behind the batcher: it counts merged calls, so that a concurrency of 1 does not keep requests from merging.
  const toRuntime = compose(
    [
      config.concurrency === null ? null : limitConcurrency(config.concurrency, metrics),
      inspect === null ? null : timeCalls,
    ],
    // The runtime is called with the client's own protocol.
    (request) => (request.protocol === 'http1' ? http1(request) : http2(request)),
  );
  const batcher =
    config.batcher === null ? null : new Batcher({ config: config.batcher, metrics, log, next: toRuntime });
  // The logger stands in front: each caller's own request and answer are logged, not the merged ones.
  // The gate stands before the batcher: only requests for models that serve are merged.
  // Who inspects sees all of it: what was logged, too.
  const stages = [inspect, logPayloads, denyApis, gateModels];
  return { handle: compose(stages, batcher?.handle ?? toRuntime), batcher };
}
