// What each end towards the runtime, HTTP/1.1 and HTTP/2, is given, and what it is: a handler that can be closed.
import type { UpstreamConfig } from '../config/slices.ts';
import type { Handler } from '../http/exchange.ts';
import type { Metrics } from '../metrics.ts';
import type { BufferCollector } from './buffer-collector.ts';
import type { Reachability } from './reachability.ts';

export interface UpstreamParts {
  readonly config: UpstreamConfig;
  readonly metrics: Metrics;
  readonly reachability: Reachability;
  readonly buffers: BufferCollector;
}

export interface Upstream extends AsyncDisposable {
  readonly handle: Handler;
}
