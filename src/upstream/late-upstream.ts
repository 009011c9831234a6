// An end towards the runtime that is loaded with its first request: whoever sends none pays neither its time nor its memory.
import type { Upstream, UpstreamParts } from './upstream.ts';

/** undici: it takes longer to load than all the rest of a plain agent together. */
export function lateHttp1Upstream(parts: UpstreamParts): Upstream {
  return lateUpstream(async () => (await import('./http1.ts')).openHttp1Upstream(parts));
}

export function lateHttp2Upstream(parts: UpstreamParts): Upstream {
  return lateUpstream(async () => (await import('./http2.ts')).openHttp2Upstream(parts));
}

/** `load` is called once, or, when it failed, by the next request again. */
export function lateUpstream(load: () => Promise<Upstream>): Upstream {
  let upstream: Upstream | null = null;
  let opening: Promise<Upstream> | null = null;
  const open = async (): Promise<Upstream> => {
    try {
      upstream = await load();
      return upstream;
    } finally {
      opening = null;
    }
  };
  return {
    async handle(request) {
      if (upstream !== null) return upstream.handle(request);
      opening ??= open();
      return (await opening).handle(request);
    },
    async [Symbol.asyncDispose]() {
      await opening?.catch(() => undefined); // whoever asked for it has heard why
      await upstream?.[Symbol.asyncDispose]();
    },
  };
}
