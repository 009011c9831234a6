// Where the time of an exchange went, as a bar: waiting, the runtime, the agent.
/** @import { ExchangeSummary } from '../../../dev/inspector/api.ts' */
import { element } from '../parts/element.js';
import { showMs } from '../parts/format.js';

/** @typedef {Pick<ExchangeSummary, 'totalMs' | 'waitMs' | 'runtimeMs' | 'agentMs'>} Times */

/** @param {Times} times */
function partsOf({ waitMs, runtimeMs, agentMs }) {
  return [
    { name: 'wait', ms: waitMs ?? 0 },
    { name: 'runtime', ms: runtimeMs ?? 0 },
    { name: 'agent', ms: agentMs ?? 0 },
  ];
}

/** Its length is the square root of its share of the longest that is shown (`--scale`, set on the list). @param {Times} times */
export function splitBar(times) {
  const parts = partsOf(times).map(({ name, ms }) => element('i', { class: name, vars: { part: Math.max(0, ms) } }));
  return element('span', { class: 'split', 'aria-hidden': 'true', vars: { total: times.totalMs ?? 0 } }, parts);
}

/** The same with its figures. @param {Times} times */
export function splitLegend(times) {
  const legend = partsOf(times).map(({ name, ms }) =>
    element('li', {}, element('i', { class: name, 'aria-hidden': 'true' }), `${name} `, element('b', {}, showMs(ms))),
  );
  return element(
    'div',
    { class: 'timing', vars: { scale: times.totalMs ?? 1 } },
    splitBar(times),
    element('ul', { class: 'legend' }, legend, element('li', {}, 'total ', element('b', {}, showMs(times.totalMs)))),
  );
}

/** @param {Times} times */
export function splitTitle(times) {
  return partsOf(times)
    .map(({ name, ms }) => `${name} ${showMs(ms)}`)
    .join(' · ');
}
