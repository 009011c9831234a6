// What /status tells of the traffic since start: requests, times, bytes and faults, summed over the labels of /metrics.
import { type ErrorCode, errorCodes } from '../errors.ts';
import type { HistogramCell } from '../instruments.ts';
import { byProtocol, type Metrics, type Protocol } from '../metrics.ts';
import type { StatusClass } from '../request-counter.ts';

/** A distribution; not cumulative. */
interface Distribution {
  /** Upper bounds, ascending, inclusive. */
  readonly bounds: readonly number[];
  /** One a bound, and a last one for what is beyond all of them. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

export interface TrafficReport {
  /** By HTTP status; 499 for a client that left first. A fault of gRPC that stands in trailers has status 200. */
  readonly requests: Readonly<Record<StatusClass, number>>;
  readonly byProtocol: Readonly<Record<Protocol, number>>;
  /** Client connections whose gRPC was relayed; null: gRPC is not relayed, `lanes.grpcOffBecause` says why. */
  readonly relayedGrpc: number | null;
  readonly requestSeconds: Distribution;
  readonly upstreamSeconds: Distribution;
  /** Passed on. */
  readonly bodyBytes: { readonly request: number; readonly response: number };
  /** Those that came up. */
  readonly errors: Readonly<Partial<Record<ErrorCode, number>>>;
}

/** `relays`: gRPC may go by its lane. */
export function reportTraffic(metrics: Metrics, { relays }: { readonly relays: boolean }): TrafficReport {
  const requestCells = byProtocol((protocol) => metrics.requestSeconds(protocol));
  const upstreamCells = byProtocol((protocol) => metrics.upstreamSeconds(protocol));
  const bytes = Object.values(byProtocol((protocol) => metrics.bodyBytes(protocol)));
  return {
    requests: metrics.requestsByStatus(),
    byProtocol: byProtocol((protocol) => requestCells[protocol].count),
    relayedGrpc: relays ? metrics.lane('http2_relay').value : null,
    requestSeconds: joined(Object.values(requestCells)),
    upstreamSeconds: joined(Object.values(upstreamCells)),
    bodyBytes: {
      request: sumOf(bytes.map((cells) => cells.request.value)),
      response: sumOf(bytes.map((cells) => cells.response.value)),
    },
    errors: Object.fromEntries(
      errorCodes.flatMap((code) => (metrics.errors(code).value > 0 ? [[code, metrics.errors(code).value]] : [])),
    ),
  };
}

/** Cells of one histogram have the same bounds. */
function joined(cells: readonly HistogramCell[]): Distribution {
  const bounds = cells[0]?.bounds ?? [];
  const counts = Array.from({ length: bounds.length + 1 }, (_, at) => sumOf(cells.map((cell) => cell.counts[at] ?? 0)));
  return { bounds: [...bounds], counts, sum: sumOf(cells.map(({ sum }) => sum)), count: sumOf(counts) };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
