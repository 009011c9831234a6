// Exchanges as the inspector holds them, made without an agent, and a clock that a test moves.
import type { Clock } from '../../src/dev/inspector/clock.ts';
import { SeenExchange } from '../../src/dev/inspector/seen-exchange.ts';
import { Cancellation } from '../../src/http/cancellation.ts';
import { Client } from '../../src/http/client.ts';
import type { ProxyRequest } from '../../src/http/exchange.ts';
import { FlatHeaderBlock, noFields } from '../../src/http/header-block.ts';

export interface TestClock extends Clock {
  pass(ms: number): void;
}

export function testClock(): TestClock {
  const startedMs = Date.UTC(2026, 0, 2, 3, 4, 5);
  let passedMs = 50_000;
  return {
    epochMs: () => startedMs + passedMs,
    monotonicMs: () => passedMs,
    pass(ms) {
      passedMs += ms;
    },
  };
}

export function proxyRequest(told: Partial<ProxyRequest> = {}): ProxyRequest {
  return {
    ...{ protocol: 'http1', method: 'POST', path: '/v2/models/m/infer', authority: 'h' },
    ...{
      headers: new FlatHeaderBlock(['content-type', 'application/json']),
      body: Buffer.from('{}'),
      contentLength: 2,
    },
    ...{ trailers: null, expectContinue: false, cancellation: new Cancellation(), client: new Client(false) },
    sendInformational: () => undefined,
    ...told,
  };
}

export interface Told {
  readonly request?: Partial<ProxyRequest>;
  readonly status?: number | null;
  readonly headers?: readonly string[];
  readonly batch?: { readonly id: string; readonly requests: number; readonly rows: number };
  readonly totalMs?: number;
  readonly cancelled?: boolean;
  readonly broken?: boolean;
}

/** That ended; its call, if it rode in a batch, took from its third to its eighth millisecond. */
export function seenExchange(id: number, told: Told = {}): SeenExchange {
  const { request, status = 200, headers = [], batch, totalMs = 10, cancelled = false, broken = false } = told;
  const [atMs, arrivedMs] = [Date.UTC(2026, 0, 2, 3, 4, 5, id), 1000 + id];
  const seen = new SeenExchange(proxyRequest(request), { id, atMs, arrivedMs, reserve: () => true });
  const call = batch === undefined ? undefined : { calledAtMs: arrivedMs + 3, answeredAtMs: arrivedMs + 8 };
  if (status !== null) {
    const fields = headers.length === 0 ? noFields : new FlatHeaderBlock(headers);
    seen.answered({ status, headers: fields, trailers: null, batch, call });
  }
  seen.ended({ endedMs: arrivedMs + totalMs, broken, cancelled });
  return seen;
}
