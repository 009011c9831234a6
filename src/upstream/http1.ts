// HTTP/1.1 to the runtime over undici.
import { Http1Connection } from './http1-connection.ts';
import { Http1Exchange } from './http1-exchange.ts';
import { openPooledUpstream } from './pooled-upstream.ts';
import type { Upstream, UpstreamParts } from './upstream.ts';

export function openHttp1Upstream(parts: UpstreamParts): Upstream {
  return openPooledUpstream<Http1Connection>(parts, {
    open: (events) => new Http1Connection(parts.config, events),
    carry: (shared) => (request) =>
      new Promise((resolve, reject) => {
        new Http1Exchange(request, shared, { resolve, reject }).start();
      }),
  });
}
