// What stands above all tabs: is it ready, is it about to leave, does it answer at all.
/** @import { PageState } from '../state/page-state.js' */
import { byId, element, fill, redraw } from '../parts/element.js';
import { showCount, showCounted, showMs, showNumber, showSpan, showTime } from '../parts/format.js';
import { pill } from '../parts/tiles.js';

/** @param {PageState} state */
export function drawHeader({ status, history }) {
  const { version, readiness, drain, uptimeSeconds, requests } = status;
  byId('version').textContent = version;
  const word = drain !== 'serving' ? drain : readiness.ready ? 'ready' : 'not ready';
  const tone = drain !== 'serving' ? 'warn' : readiness.ready ? 'ok' : 'bad';
  redraw(byId('readiness'), [word, tone], () => pill(word, tone));
  byId('uptime').textContent = `up ${showSpan(uptimeSeconds)}`;
  const now = history.latest();
  fill(
    byId('vitals'),
    vital('req/s', showNumber(now?.requestsPerSecond ?? null)),
    vital('p99', showMs(now?.latencyMs[2] ?? null)),
    vital('in flight', showCount(requests.inFlight)),
  );
  drawBanners({ status });
  document.title = `${readiness.ready ? '' : '⚠ '}Outrigger`;
}

/** @param {Pick<PageState, 'status'>} state */
function drawBanners({ status: { drain, readiness, requests } }) {
  const draining = byId('draining');
  draining.hidden = drain === 'serving';
  draining.textContent = `It is ${drain} and about to stop: ${showCounted(requests.inFlight, 'request')} still being answered.`;
  const unready = byId('unready');
  unready.hidden = readiness.ready || drain !== 'serving';
  redraw(unready, readiness, () => ['Not ready: ', readiness.reasons.join('; ') || 'no reason given']);
}

/** @param {number | null} sinceMs epoch; null: it answers */
export function drawConnection(sinceMs) {
  const lost = byId('lost');
  lost.hidden = sinceMs === null;
  document.body.classList.toggle('stale', sinceMs !== null);
  if (sinceMs === null) return;
  redraw(
    lost,
    sinceMs,
    () =>
      `No answer since ${showTime(sinceMs, { millis: false })}. What you see is old; it is asked again every second.`,
  );
}

/** @param {string} name @param {string} value */
function vital(name, value) {
  return element('span', { class: 'vital' }, element('b', {}, value), ` ${name}`);
}
