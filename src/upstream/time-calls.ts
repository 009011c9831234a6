// Notes when the runtime was called and when it answered: only for who inspects exchanges.
import type { Handler } from '../http/exchange.ts';

/** The last stage before the runtime. */
export function timeCalls(next: Handler): Handler {
  return async (request) => {
    const calledAtMs = performance.now();
    const response = await next(request);
    return { ...response, call: { calledAtMs, answeredAtMs: performance.now() } };
  };
}
