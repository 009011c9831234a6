// The tab of traffic: requests a second, how long they take, what went wrong.
/** @import { PageState, View } from '../state/page-state.js' */
import { element, redraw } from '../parts/element.js';
import { showBytes, showCount, showLabel, showMs, showNumber } from '../parts/format.js';
import { Plot } from '../parts/plot.js';
import { card, factTable, tileRow } from '../parts/tiles.js';

/** @returns {View} */
export function openTrafficTab() {
  const tiles = element('div');
  const tables = element('div', { class: 'cards' });
  const plots = openPlots();
  const node = element(
    'div',
    {},
    tiles,
    element(
      'div',
      { class: 'cards' },
      plots.map((plot) => plot.node),
    ),
    tables,
  );
  return {
    node,
    draw(state) {
      redraw(tiles, tilesOf(state), () => tileRow(tilesOf(state)));
      for (const plot of plots) plot.draw(state.history.samples());
      redraw(tables, state.status.traffic, () => tablesOf(state));
    },
  };
}

function openPlots() {
  return [
    new Plot({
      title: 'Requests a second',
      lines: [
        { name: '2xx', color: 'ok', read: ({ perSecond }) => perSecond?.['2xx'] ?? null, filled: true },
        { name: '3xx', color: 'agent', read: ({ perSecond }) => perSecond?.['3xx'] ?? null },
        { name: '4xx', color: 'wait', read: ({ perSecond }) => perSecond?.['4xx'] ?? null },
        { name: '5xx', color: 'bad', read: ({ perSecond }) => perSecond?.['5xx'] ?? null },
      ],
      show: showNumber,
    }),
    new Plot({
      title: 'Latency',
      note: 'Of the last 10 seconds, read from the buckets of a histogram: interpolated up to their upper bounds.',
      lines: [
        { name: 'p50', color: 'runtime', read: ({ latencyMs: [p50] }) => p50, filled: true },
        { name: 'p90', color: 'wait', read: ({ latencyMs: [, p90] }) => p90 },
        { name: 'p99', color: 'bad', read: ({ latencyMs: [, , p99] }) => p99 },
      ],
      show: showMs,
    }),
    new Plot({
      title: 'In flight',
      lines: [
        { name: 'in flight', color: 'accent', read: ({ inFlight }) => inFlight, filled: true },
        { name: 'queued', color: 'wait', read: ({ queued }) => queued },
        { name: 'connections', color: 'agent', read: ({ connections }) => connections },
      ],
      show: showNumber,
    }),
    new Plot({
      title: 'Bodies a second',
      lines: [{ name: 'both ways', color: 'accent', read: ({ bytesPerSecond }) => bytesPerSecond, filled: true }],
      show: showBytes,
      isBytes: true,
    }),
  ];
}

/** @param {PageState} state @returns {import('../parts/tiles.js').Tile[]} */
function tilesOf({ status: { requests, connections, traffic }, history }) {
  const now = history.latest();
  const total = Object.values(traffic.requests).reduce((sum, count) => sum + count, 0);
  const faults = now?.errorsPerSecond ?? 0;
  return [
    {
      name: 'requests a second',
      value: showNumber(now?.requestsPerSecond ?? null),
      note: `${showCount(total)} since start`,
    },
    { name: 'median', value: showMs(now?.latencyMs[0] ?? null), note: 'p50, last 10 s' },
    { name: '99 of 100 below', value: showMs(now?.latencyMs[2] ?? null), note: 'p99, last 10 s' },
    {
      name: '5xx a second',
      value: showNumber(now?.errorsPerSecond ?? null),
      note: `${showCount(traffic.requests['5xx'])} since start`,
      tone: faults > 0 ? 'bad' : '',
    },
    { name: 'in flight', value: showCount(requests.inFlight), note: `${showCount(requests.queued)} queued` },
    {
      name: 'connections',
      value: showCount(connections.http1 + connections.http2),
      note: `${showCount(connections.http1)} HTTP/1.1, ${showCount(connections.http2)} HTTP/2`,
    },
  ];
}

/** @param {PageState} state */
function tablesOf({ status: { traffic, requests } }) {
  const { requestSeconds, upstreamSeconds } = traffic;
  const mean = (/** @type {{ sum: number, count: number }} */ { sum, count }) =>
    count === 0 ? null : (sum / count) * 1000;
  /** @type {[string, string][]} */
  const since = [
    ...Object.entries(traffic.byProtocol).map(
      ([name, count]) => /** @type {[string, string]} */ ([name, showCount(count)]),
    ),
    ['mean of a request', showMs(mean(requestSeconds))],
    ['mean of the runtime', showMs(mean(upstreamSeconds))],
    ['request bodies', showBytes(traffic.bodyBytes.request)],
    ['response bodies', showBytes(traffic.bodyBytes.response)],
    ['tunnels open', showCount(requests.tunnels)],
  ];
  const errors = Object.entries(traffic.errors).map(
    ([code, count]) => /** @type {[string, string]} */ ([showLabel(code).toLowerCase(), showCount(count)]),
  );
  return [card('Errors by code, since start', factTable(errors, 'none')), card('Since start', factTable(since))];
}
