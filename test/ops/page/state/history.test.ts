import { describe, expect, it } from 'vitest';
import { History } from '../../../../src/ops/page/state/history.js';
import type { BriefReport } from '../../../../src/ops/status.ts';

const bounds = [0.01, 0.1];

interface Seen {
  readonly ok?: number;
  readonly failed?: number;
  readonly counts?: readonly number[];
  readonly startedAt?: string;
  readonly batches?: readonly [requests: number, batches: number, rows: number];
}

/** As much of /status as the history reads. */
function status({ ok = 0, failed = 0, counts = [0, 0, 0], startedAt = 'once', batches }: Seen): BriefReport {
  const [requests, count, rows] = batches ?? [0, 0, 0];
  const report = {
    startedAt,
    traffic: {
      requests: { '1xx': 0, '2xx': ok, '3xx': 0, '4xx': 0, '5xx': failed },
      requestSeconds: { bounds, counts, sum: 0, count: 0 },
      bodyBytes: { request: ok * 10, response: 0 },
    },
    requests: { inFlight: 3, queued: 1, tunnels: 0 },
    connections: { http1: 4, http2: 1 },
    batching: batches === undefined ? null : { models: { digits: { requests, batches: count, rows } } },
  };
  return report as unknown as BriefReport;
}

describe('the history', () => {
  it('makes rates of what is counted since start', () => {
    const history = new History();
    history.add(status({ ok: 100 }), 10_000);
    expect(history.latest()).toMatchObject({ perSecond: null, requestsPerSecond: null, inFlight: 3, connections: 5 });
    history.add(status({ ok: 150, failed: 4 }), 12_000);
    expect(history.latest()).toMatchObject({ requestsPerSecond: 27, errorsPerSecond: 2, bytesPerSecond: 250 });
  });

  it('tells the latency of the last ten seconds alone', () => {
    const history = new History();
    history.add(status({ counts: [1000, 0, 0] }), 0);
    history.add(status({ counts: [1000, 0, 0] }), 9_000);
    history.add(status({ counts: [1000, 100, 0] }), 15_000);
    expect(history.latest()?.latencyMs[0]).toBeCloseTo(55);
  });

  it('tells rows and requests of the batches of the last ten seconds', () => {
    const history = new History();
    history.add(status({ batches: [100, 100, 100] }), 0);
    history.add(status({ batches: [140, 110, 180] }), 1_000);
    expect(history.latest()).toMatchObject({ requestsPerBatch: 4, rowsPerBatch: 8 });
    history.add(status({ batches: [140, 110, 180] }), 20_000);
    expect(history.latest()).toMatchObject({ requestsPerBatch: null, rowsPerBatch: null });
  });

  it('has a gap where nobody looked, not a mean over it', () => {
    const history = new History();
    history.add(status({ ok: 0 }), 0);
    history.add(status({ ok: 6000 }), 60_000);
    expect(history.latest()?.requestsPerSecond).toBeNull();
  });

  it('begins anew with an agent that was started anew', () => {
    const history = new History();
    history.add(status({ ok: 500 }), 0);
    history.add(status({ ok: 3, startedAt: 'twice' }), 1_000);
    expect(history.samples()).toHaveLength(1);
    expect(history.latest()?.requestsPerSecond).toBeNull();
  });

  it('goes back five minutes', () => {
    const history = new History();
    for (let second = 0; second < 400; second += 1) history.add(status({ ok: second }), second * 1000);
    expect(history.samples()).toHaveLength(301);
  });
});
