// The tab of events: each sink's health and its account, where nothing is lost from sight.
/** @import { BriefReport } from '../../status.ts' */
/** @import { View } from '../state/page-state.js' */
import { element, redraw } from '../parts/element.js';
import { showBytes, showCount, showFromNow, showLabel, showMs } from '../parts/format.js';
import { factTable, pill, switchedOff, tileRow } from '../parts/tiles.js';

/** @typedef {NonNullable<BriefReport['logging']>} Logging */
/** @typedef {Logging['sinks'][number]} Sink */

/** @returns {View} */
export function openEventsTab() {
  const node = element('div');
  return {
    node,
    draw({ status: { logging } }) {
      const nowMs = Math.floor(Date.now() / 1000) * 1000;
      redraw(node, [logging, nowMs], () => {
        if (logging === null) {
          return switchedOff(
            'No events are made.',
            'Requests and answers are sent as CloudEvents with',
            '--log-url http://…',
          );
        }
        return [aboutLogging(logging), ...logging.sinks.map((sink) => sinkCard(sink, nowMs))];
      });
    },
  };
}

/** @param {Logging} logging */
function aboutLogging({ mode, format, spool }) {
  const disk =
    spool === null
      ? 'events wait in memory only'
      : `events wait on disk, ${spool.dir}: ${showBytes(spool.bytes)} of ${showBytes(spool.maxBytes)}`;
  return element('p', { class: 'lead' }, `Logged: ${mode}, as ${format}; ${disk}.`);
}

/** @param {Sink} sink @param {number} nowMs */
function sinkCard(sink, nowMs) {
  const { healthy, circuit, lastError, lastDelivery, dropped, oldestSeconds, retries } = sink;
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  const drops = Object.entries(dropped).filter(([, count]) => count > 0);
  return element(
    'section',
    { class: 'card sink' },
    element(
      'h2',
      {},
      element('span', { class: 'path' }, sink.sink),
      pill(healthy ? 'healthy' : 'failing', healthy ? 'ok' : 'bad'),
      circuit !== 'closed' && pill(`circuit ${circuit}`, 'warn'),
    ),
    tileRow([
      { name: 'delivered', value: showCount(sink.delivered), note: `of ${showCount(sink.received)}` },
      { name: 'queued', value: showCount(sink.queued), note: `${showBytes(sink.queuedBytes)} in memory` },
      { name: 'dropped', value: showCount(lost), note: 'lost', tone: lost > 0 ? 'bad' : '' },
      {
        name: 'dead letters',
        value: showCount(sink.deadLettered),
        note: 'kept aside',
        tone: sink.deadLettered > 0 ? 'warn' : '',
      },
      { name: 'retries', value: showCount(retries) },
      { name: 'oldest waits', value: showMs(oldestSeconds === null ? null : oldestSeconds * 1000) },
    ]),
    lastError !== null &&
      element(
        'p',
        { class: healthy ? 'error past' : 'error' },
        `${showFromNow(lastError.at, nowMs)}: ${lastError.message}`,
      ),
    element(
      'p',
      { class: 'quiet' },
      `last delivery: ${lastDelivery === null ? 'none' : showFromNow(lastDelivery, nowMs)}`,
    ),
    drops.length > 0 && [
      element('h3', {}, 'Dropped, by reason'),
      factTable(drops.map(([reason, count]) => [showLabel(reason), showCount(count)])),
    ],
  );
}
