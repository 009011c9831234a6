// The tab of batching: how many share a call, what that gains, and why the others did not.
/** @import { BriefReport } from '../../status.ts' */
/** @import { PageState, View } from '../state/page-state.js' */

import { element, redraw } from '../parts/element.js';
import { showBytes, showCount, showCounted, showLabel, showMs, showNumber } from '../parts/format.js';
import { Plot } from '../parts/plot.js';
import { card, dataTable, factTable, switchedOff, tileRow } from '../parts/tiles.js';
import { batchSums } from '../state/history.js';
import { BatchFeed } from './feed.js';

/** @typedef {NonNullable<BriefReport['batching']>} Batching */

/** @returns {View & { ask(): Promise<void> }} */
export function openBatchingTab() {
  const top = element('div');
  const tables = element('div');
  const feed = new BatchFeed();
  const plot = new Plot({
    title: 'A batch, on the average',
    note: 'Of the batches of the last 10 seconds.',
    lines: [
      { name: 'rows', color: 'accent', read: ({ rowsPerBatch }) => rowsPerBatch, filled: true },
      { name: 'requests', color: 'runtime', read: ({ requestsPerBatch }) => requestsPerBatch },
    ],
    show: showNumber,
  });
  const on = element(
    'div',
    {},
    top,
    element('div', { class: 'cards' }, plot.node, feed.rowsCard),
    feed.picturesCard,
    tables,
  );
  const off = switchedOff(
    'Batching is off.',
    'Concurrent requests share calls of the runtime with',
    '--enable-batcher',
  );
  return {
    node: element('div', {}, on, off),
    draw(state) {
      const { batching } = state.status;
      on.hidden = batching === null;
      off.hidden = batching !== null;
      feed.rowsCard.hidden = !state.isDev;
      feed.picturesCard.hidden = !state.isDev;
      if (batching === null) return;
      redraw(top, tilesOf(batching, state), () => tileRow(tilesOf(batching, state)));
      plot.draw(state.history.samples());
      redraw(tables, batching, () => tablesOf(batching));
    },
    ask: () => feed.ask(),
  };
}

/** @param {Batching} batching @param {PageState} state @returns {import('../parts/tiles.js').Tile[]} */
function tilesOf(batching, { history, status }) {
  const now = history.latest();
  const sums = batchSums(status);
  const all = Object.values(batching.models);
  const passed = all.reduce((sum, model) => sum + sumOf(model.passed), 0);
  const gain = meanOf(all, ({ gain, batches, upstreamMsMean }) => [gain, batches * (upstreamMsMean ?? 0)]);
  const merged = sums.requests + passed === 0 ? null : (100 * sums.requests) / (sums.requests + passed);
  return [
    {
      name: 'rows a batch',
      value: showNumber(now?.rowsPerBatch ?? null),
      note: `at most ${showCount(batching.maxRows)}`,
    },
    { name: 'gain', value: gain === null ? '–' : `${gain.toFixed(1)} ×`, note: 'time one by one / in batches' },
    {
      name: 'mean wait',
      value: showMs(meanOf(all, ({ waitMsMean, requests }) => [waitMsMean, requests])),
      note: 'for company',
    },
    {
      name: 'calls saved',
      value: sums.requests === 0 ? '–' : `${showNumber(100 * (1 - sums.batches / sums.requests))} %`,
      note: `${showCounted(sums.requests, 'request')} in ${showCounted(sums.batches, 'call')}`,
    },
    {
      name: 'went in batches',
      value: merged === null ? '–' : `${showNumber(merged)} %`,
      note: `${showCount(passed)} passed unmerged`,
    },
    {
      name: 'waiting',
      value: showCount(batching.waiting.rows),
      note: `rows; ${showBytes(batching.waiting.bytes)} held`,
    },
    { name: 'policy', value: batching.policy, note: `waits at most ${showMs(batching.maxLatencyMs)}` },
  ];
}

/** @typedef {Batching['models'][string]} ModelBatching */

/**
 * Null: nothing is known that weighs anything.
 * @param {readonly ModelBatching[]} models
 * @param {(model: ModelBatching) => [value: number | null, weight: number]} read
 */
function meanOf(models, read) {
  const known = models.map(read).filter(([value]) => value !== null);
  const weights = known.reduce((sum, [, weight]) => sum + weight, 0);
  return weights === 0 ? null : known.reduce((sum, [value, weight]) => sum + (value ?? 0) * weight, 0) / weights;
}

/** @param {Batching} batching */
function tablesOf({ models, limits, refused, keys }) {
  const columns = [
    'model',
    'requests',
    'batches',
    'rows a batch',
    'mean wait',
    'runtime',
    'a call',
    'a row',
    'slots',
    'gain',
  ];
  const asked = Object.entries(models).filter(([, { requests }]) => requests > 0);
  const rows = asked.map(([name, model]) => [
    name,
    showCount(model.requests),
    showCount(model.batches),
    showNumber(model.rowsPerBatch),
    showMs(model.waitMsMean),
    showMs(model.upstreamMsMean),
    showMs(model.overheadMs),
    showMs(model.rowMs),
    model.slots ?? '–',
    model.gain === null ? '–' : `${model.gain.toFixed(2)} ×`,
  ]);
  const all = Object.values(models);
  const trouble = /** @type {[string, number][]} */ ([
    ['left before the call', all.reduce((sum, { withdrawn }) => sum + withdrawn, 0)],
    ['sent again alone', all.reduce((sum, { reruns }) => sum + reruns, 0)],
    ['quarantines', all.reduce((sum, { quarantines }) => sum + quarantines, 0)],
    ['no room: rows', refused.rows],
    ['no room: bytes', refused.bytes],
    ['no room: kinds', refused.keys],
    ['kinds kept apart now', keys],
  ]);
  return [
    card(
      'Models, since start',
      rows.length === 0
        ? element('p', { class: 'quiet' }, 'No request has gone through the batcher yet.')
        : dataTable(columns, rows, { label: 'batching by model', numbersFrom: 1 }),
      element('p', { class: 'quiet' }, 'Gain: the time of these requests one by one over the time of their batches.'),
    ),
    element(
      'div',
      { class: 'cards three' },
      card('Why batches left', factTable(byReason(all.map(({ flushes }) => flushes)), 'none has')),
      card('Why requests passed unmerged', factTable(byReason(all.map(({ passed }) => passed)), 'none has')),
      card('Beside that', factTable(trouble.map(([name, count]) => [name, showCount(count)]))),
    ),
    limits.length > 0 && card('What the runtime says of its models', limitsTable(limits)),
  ];
}

/** @param {Batching['limits']} limits */
function limitsTable(limits) {
  const facts = limits.map(({ modelPath, ...limit }) => {
    const said = Object.entries(limit).map(
      ([name, value]) => `${name} ${value === null ? '–' : JSON.stringify(value)}`,
    );
    return /** @type {[string, string]} */ ([modelPath, said.join(' · ')]);
  });
  return factTable(facts);
}

/** The most frequent first. @param {readonly Readonly<Record<string, number>>[]} counts @returns {[string, string][]} */
function byReason(counts) {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const [reason, count] of counts.flatMap((each) => Object.entries(each))) {
    if (count > 0) sums.set(reason, (sums.get(reason) ?? 0) + count);
  }
  return [...sums]
    .sort((one, other) => other[1] - one[1])
    .map(([reason, count]) => [showLabel(reason), showCount(count)]);
}

/** @param {Readonly<Record<string, number>>} counts */
function sumOf(counts) {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
