// Stages of the request path between the agent's real ends: listener, HTTP/1.1 and HTTP/2 servers, upstreams; ends with the test.
import { onTestFinished } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { compose, type Middleware } from '../../src/http/exchange.ts';
import type { Log } from '../../src/log.ts';
import { type Metrics, openMetrics } from '../../src/metrics.ts';
import type { ApiRefusal } from '../../src/server/denied-apis.ts';
import { Drain } from '../../src/server/drain.ts';
import { openNodeFront } from '../../src/server/front.ts';
import { openHttp1Server } from '../../src/server/http1.ts';
import { openHttp2Server } from '../../src/server/http2.ts';
import { bindListener } from '../../src/server/listener.ts';
import { BufferCollector } from '../../src/upstream/buffer-collector.ts';
import { openHttp1Upstream } from '../../src/upstream/http1.ts';
import { openHttp2Upstream } from '../../src/upstream/http2.ts';
import { Reachability } from '../../src/upstream/reachability.ts';

const log: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

export interface StageServer {
  readonly port: number;
  readonly url: string; // http://127.0.0.1:PORT
  readonly metrics: Metrics;
}

export interface Staged {
  readonly upstreamPort: number;
  readonly stages: readonly (Middleware | null)[];
  readonly refuseApi?: ApiRefusal | null;
}

export async function startStages({ upstreamPort, stages, refuseApi = null }: Staged): Promise<StageServer> {
  const argv = ['--host', '127.0.0.1', '--port', '0', '--component-port', String(upstreamPort)];
  const config = readConfig({ argv, env: {} });
  const metrics = openMetrics();
  const upstream = {
    config: config.upstream,
    metrics,
    reachability: new Reachability(),
    buffers: new BufferCollector(),
  };
  const http1 = openHttp1Upstream(upstream);
  const http2 = openHttp2Upstream(upstream);
  const handler = compose(stages, (request) => (request.protocol === 'http1' ? http1 : http2).handle(request));
  const listener = await bindListener(config.listener);
  const parts = {
    config: config.listener,
    upstream: config.upstream,
    handler,
    probes: { answer: () => null },
    drain: new Drain(config.drain),
    metrics,
    log,
    refuseApi,
    connectFailure: (cause: Error) => upstream.reachability.connectFailure('the runtime', cause),
  };
  const node = { http1: openHttp1Server(parts), http2: openHttp2Server(parts) };
  const front = openNodeFront({ ...node, timeoutMs: config.listener.headersTimeoutMs, counted: () => undefined });
  listener.serve({ front, metrics });
  onTestFinished(async () => {
    await listener[Symbol.asyncDispose]();
    await http1[Symbol.asyncDispose]();
    await http2[Symbol.asyncDispose]();
  });
  return { port: listener.port, url: `http://127.0.0.1:${listener.port}`, metrics };
}

function ignore(): void {
  // nobody reads this log
}
