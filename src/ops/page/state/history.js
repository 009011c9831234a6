// The last five minutes as the page saw them: what /status counts since start, as rates.
/** @import { BriefReport } from '../../status.ts' */
/** @import { Distribution } from './distribution.js' */
import { distributionBetween, quantile } from './distribution.js';

const KEPT_MS = 5 * 60_000;
/** Of quantiles and of means of batches: of one second there is often too little to tell. */
const WINDOW_MS = 10_000;
/** Longer without an answer is a gap, not a rate. */
const GAP_MS = 10_000;

/** @typedef {'1xx' | '2xx' | '3xx' | '4xx' | '5xx'} StatusClass */

/**
 * Null: cannot be told of that moment.
 * @typedef {object} Sample
 * @property {number} atMs epoch
 * @property {Readonly<Record<StatusClass, number>> | null} perSecond requests answered
 * @property {number | null} requestsPerSecond
 * @property {number | null} errorsPerSecond 5xx, and faults of the agent itself
 * @property {number | null} bytesPerSecond
 * @property {readonly [p50: number | null, p90: number | null, p99: number | null]} latencyMs
 * @property {number | null} requestsPerBatch
 * @property {number | null} rowsPerBatch
 * @property {number} inFlight
 * @property {number} queued
 * @property {number} connections
 */

/** @typedef {{ atMs: number, status: BriefReport, sample: Sample }} Look */

export class History {
  /** @type {Look[]} */
  #looks = [];

  /** @param {BriefReport} status @param {number} atMs epoch */
  add(status, atMs) {
    const last = this.#looks.at(-1);
    if (last !== undefined && last.status.startedAt !== status.startedAt) this.#looks = [];
    const before = this.#looks.at(-1);
    const windowStart = this.#looks.find((look) => look.atMs >= atMs - WINDOW_MS);
    const sample = takeSample(
      { atMs, status },
      {
        before: before !== undefined && atMs - before.atMs <= GAP_MS ? before : undefined,
        windowStart,
      },
    );
    this.#looks.push({ atMs, status, sample });
    this.#looks = this.#looks.filter((look) => look.atMs >= atMs - KEPT_MS);
  }

  samples() {
    return this.#looks.map(({ sample }) => sample);
  }

  latest() {
    return this.#looks.at(-1)?.sample;
  }
}

/**
 * @param {Pick<Look, 'atMs' | 'status'>} now
 * @param {{ before: Look | undefined, windowStart: Look | undefined }} earlier
 * @returns {Sample}
 */
function takeSample({ atMs, status }, { before, windowStart }) {
  const { traffic, requests, connections } = status;
  const perSecond = before === undefined ? null : ratesOf({ atMs, status }, before);
  const recent =
    windowStart === undefined
      ? null
      : distributionBetween(traffic.requestSeconds, windowStart.status.traffic.requestSeconds);
  return {
    atMs,
    ...(perSecond ?? { perSecond: null, requestsPerSecond: null, errorsPerSecond: null, bytesPerSecond: null }),
    latencyMs: [quantileMs(recent, 0.5), quantileMs(recent, 0.9), quantileMs(recent, 0.99)],
    ...batchMeans(status, windowStart?.status),
    inFlight: requests.inFlight,
    queued: requests.queued,
    connections: connections.http1 + connections.http2,
  };
}

/** @param {Pick<Look, 'atMs' | 'status'>} now @param {Look} before */
function ratesOf({ atMs, status: { traffic } }, before) {
  const seconds = Math.max(0.001, (atMs - before.atMs) / 1000);
  const earlier = before.status.traffic;
  const rate = (/** @type {number} */ later, /** @type {number} */ sooner) => Math.max(0, later - sooner) / seconds;
  const of = (/** @type {StatusClass} */ name) => rate(traffic.requests[name], earlier.requests[name]);
  const perSecond = { '1xx': of('1xx'), '2xx': of('2xx'), '3xx': of('3xx'), '4xx': of('4xx'), '5xx': of('5xx') };
  return {
    perSecond,
    requestsPerSecond: Object.values(perSecond).reduce((sum, value) => sum + value, 0),
    errorsPerSecond: perSecond['5xx'],
    bytesPerSecond: rate(
      traffic.bodyBytes.request + traffic.bodyBytes.response,
      earlier.bodyBytes.request + earlier.bodyBytes.response,
    ),
  };
}

/** @param {Distribution | null} distribution @param {number} share */
function quantileMs(distribution, share) {
  const seconds = distribution === null ? null : quantile(distribution, share);
  return seconds === null ? null : seconds * 1000;
}

/**
 * Of all models together, over the window.
 * @param {BriefReport} now
 * @param {BriefReport | undefined} earlier
 */
function batchMeans(now, earlier) {
  if (earlier === undefined) return { requestsPerBatch: null, rowsPerBatch: null };
  const [later, sooner] = [batchSums(now), batchSums(earlier)];
  const batches = later.batches - sooner.batches;
  if (batches <= 0) return { requestsPerBatch: null, rowsPerBatch: null };
  return {
    requestsPerBatch: (later.requests - sooner.requests) / batches,
    rowsPerBatch: (later.rows - sooner.rows) / batches,
  };
}

/** @param {BriefReport} status */
export function batchSums(status) {
  const sums = { requests: 0, batches: 0, rows: 0 };
  for (const { requests, batches, rows } of Object.values(status.batching?.models ?? {})) {
    sums.requests += requests;
    sums.batches += batches;
    sums.rows += rows;
  }
  return sums;
}
