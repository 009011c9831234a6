// The runtime end of the plain lane: HTTP/1.1 over connections of our own, with the pool and the rules of upstream/pooled-upstream.ts.
import { openPooledUpstream } from '../../upstream/pooled-upstream.ts';
import type { Upstream, UpstreamParts } from '../../upstream/upstream.ts';
import type { LaneTools } from '../lane-tools.ts';
import { RuntimeConnection } from './connection.ts';
import { RuntimeExchange } from './exchange.ts';
import { IdleClock } from './idle-clock.ts';
import { TurnEnd } from './turn-end.ts';

/** What upstream/http1-unusual.ts carries stays there. */
export function openRuntimeLane(parts: UpstreamParts, tools: LaneTools): Upstream {
  const { config } = parts;
  const connectionParts = { config, tools, turns: new TurnEnd(), idle: new IdleClock() };
  return openPooledUpstream<RuntimeConnection>(parts, {
    open: (events) => new RuntimeConnection(connectionParts, events),
    carry: (shared) => {
      const exchangeParts = { ...shared, tools, idleTimeoutMs: config.idleTimeoutMs };
      return (request) =>
        new Promise((resolve, reject) => {
          new RuntimeExchange(request, exchangeParts, { resolve, reject }).start();
        });
    },
  });
}
