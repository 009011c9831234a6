// The tab of health: is it ready and why not, how traffic is carried, what it was started with.
/** @import { StatusReport } from '../../status.ts' */
/** @import { PageState, View } from '../state/page-state.js' */
import { element, fill, redraw } from '../parts/element.js';
import { showCount, showTime } from '../parts/format.js';
import { card, factTable, pill } from '../parts/tiles.js';
import { fetchJson } from '../state/poll.js';

/** @returns {View} */
export function openHealthTab() {
  const facts = element('div', { class: 'cards' });
  return {
    node: element('div', {}, facts, configurationCard(), linksCard()),
    draw({ status }) {
      const { readiness, drain, lanes, upstream, pid, nodeVersion, version, startedAt, connections } = status;
      redraw(facts, [readiness, drain, lanes, upstream, pid, connections], () => [
        card(
          'Readiness',
          element('p', {}, pill(readiness.ready ? 'ready' : 'not ready', readiness.ready ? 'ok' : 'bad')),
          element(
            'ul',
            {},
            readiness.reasons.map((reason) => element('li', {}, reason)),
          ),
          factTable([['drain', drain]]),
        ),
        card(
          'Process',
          factTable([
            ['Outrigger', version],
            ['Node', nodeVersion],
            ['process', String(pid)],
            ['started', `${startedAt.slice(0, 10)} ${showTime(startedAt, { millis: false })}`],
          ]),
        ),
        card(
          'How traffic is carried',
          factTable([
            ['HTTP/1.1', lanes.http1],
            ['gRPC', lanes.grpcOffBecause === null ? lanes.grpc : `${lanes.grpc}: ${lanes.grpcOffBecause}`],
            ['reads', lanes.reads ?? '–'],
            ...laneCounts(lanes.connections),
          ]),
        ),
        card(
          'To the runtime',
          factTable([
            ['connections that work', showCount(upstream.busy)],
            ['connections that wait', showCount(upstream.idle)],
            ['HTTP/2 sessions', showCount(upstream.sessions)],
          ]),
        ),
      ]);
    },
  };
}

/** @param {Readonly<Record<string, number>>} connections @returns {[string, string][]} */
function laneCounts(connections) {
  return Object.entries(connections).map(([lane, count]) => [`clients, ${lane.replace('_', ' ')}`, showCount(count)]);
}

/** Asked for when somebody wants it: it does not change. */
function configurationCard() {
  const place = element('div');
  const button = element('button', { type: 'button', class: 'quiet-button' }, 'Show');
  button.addEventListener('click', async () => {
    try {
      fill(place, configurationOf(/** @type {StatusReport} */ (await fetchJson('/status'))));
      button.textContent = 'Read again';
    } catch {
      fill(place, element('p', { class: 'error' }, 'It could not be read.'));
    }
  });
  return card(
    'Configuration',
    element('p', { class: 'quiet' }, 'Every option as given or by default, without secrets. ', button),
    place,
  );
}

/** @param {StatusReport} status */
function configurationOf({ config, notices }) {
  const options = Object.entries(config).map(
    ([name, value]) =>
      /** @type {[string, string]} */ ([`--${name}`, typeof value === 'string' ? value || '–' : JSON.stringify(value)]),
  );
  return [
    notices.length > 0 &&
      element(
        'ul',
        { class: 'notices' },
        notices.map((notice) => element('li', {}, notice)),
      ),
    factTable(options),
  ];
}

function linksCard() {
  const links = ['/metrics', '/status', '/models', '/readyz', '/livez'].map((path) =>
    element('li', {}, element('a', { href: path }, path)),
  );
  return card('For machines', element('ul', { class: 'links' }, links));
}
