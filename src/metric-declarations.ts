// The metrics of the proxy itself: name, unit, labels, help. Those of the batcher are in batch-metric-declarations.ts.
import { Counter, Gauge, Histogram } from './instruments.ts';
import { RequestCounter } from './request-counter.ts';

// From the agent's own share (tens of microseconds show as the first bucket) to long generations.
export const LATENCY_BUCKETS_S = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
];
const LAG_BUCKETS_S = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

export function declareRequests(maxModels: number) {
  return {
    requests: new RequestCounter(maxModels),
    inFlight: new Gauge({
      name: 'outrigger_requests_in_flight',
      help: 'Requests received and not yet answered to the end.',
    }),
    requestSeconds: new Histogram({
      name: 'outrigger_request_duration_seconds',
      help: "From a request's head to the last byte of its answer.",
      labels: ['protocol'],
      buckets: LATENCY_BUCKETS_S,
    }),
    upstreamSeconds: new Histogram({
      name: 'outrigger_upstream_duration_seconds',
      help: "The runtime's part of the request duration, once a call: without batching the difference of the sums is the agent's own share.",
      labels: ['protocol'],
      buckets: LATENCY_BUCKETS_S,
    }),
    bytes: new Counter({
      name: 'outrigger_body_bytes_total',
      help: 'Bytes of request and response bodies passed on.',
      labels: ['protocol', 'direction'],
    }),
    errors: new Counter({ name: 'outrigger_errors_total', help: 'Faults by error code.', labels: ['code'] }),
    refusals: new Counter({
      name: 'outrigger_refusals_total',
      help: 'What was turned away because a bound was reached: connections (http2_flood: for what they sent), or requests by a full queue.',
      labels: ['reason'],
    }),
    queued: new Gauge({ name: 'outrigger_requests_queued', help: 'Requests that wait for container concurrency.' }),
    probes: new Counter({
      name: 'outrigger_probes_total',
      help: 'Health checks answered by the agent.',
      labels: ['kind'],
    }),
  };
}

export function declareConnections() {
  return {
    connections: new Gauge({
      name: 'outrigger_client_connections',
      help: 'Open client connections.',
      labels: ['protocol'],
    }),
    connectionsOpened: new Counter({
      name: 'outrigger_client_connections_opened_total',
      help: 'Client connections accepted since start.',
    }),
    lanes: new Counter({
      name: 'outrigger_client_lanes_total',
      help: 'Client connections by what served them; one that the plain lane handed to node:http counts as both.',
      labels: ['lane'],
    }),
    tunnels: new Gauge({ name: 'outrigger_tunnels', help: 'Open tunnels of upgraded connections, such as WebSocket.' }),
    upstreamConnections: new Gauge({
      name: 'outrigger_upstream_connections',
      help: 'HTTP/1.1 connections of the pool to the runtime.',
      labels: ['state'],
    }),
    upstreamSessions: new Gauge({ name: 'outrigger_upstream_sessions', help: 'HTTP/2 sessions to the runtime.' }),
    upstreamConnects: new Counter({
      name: 'outrigger_upstream_connects_total',
      help: 'Attempts to connect to the runtime.',
      labels: ['result'],
    }),
    staleRetries: new Counter({
      name: 'outrigger_upstream_stale_retries_total',
      help: 'Requests sent once more because the runtime had closed a reused connection.',
    }),
  };
}

export function declareProcess() {
  return {
    ready: new Gauge({ name: 'outrigger_ready', help: '1 when the last readiness check passed, else 0.' }),
    draining: new Gauge({ name: 'outrigger_draining', help: '1 from SIGTERM on, else 0.' }),
    eventLoopLag: new Histogram({
      name: 'outrigger_event_loop_lag_seconds',
      help: 'How late a timer of the event loop runs, sampled once a second.',
      buckets: LAG_BUCKETS_S,
    }),
    eventLoopActive: new Counter({
      name: 'outrigger_event_loop_active_seconds_total',
      help: 'Time that the event loop was busy; its rate is the utilisation, 1 = saturated.',
    }),
    logLinesDropped: new Counter({
      name: 'outrigger_log_lines_dropped_total',
      help: 'Lines of the process log that were lost: stdout full (its reader too slow) or closed.',
      labels: ['reason'],
    }),
    buildInfo: new Gauge({ name: 'outrigger_build_info', help: 'Always 1.', labels: ['version', 'node_version'] }),
  };
}
