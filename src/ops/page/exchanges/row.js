// One exchange as a line of the list.
/** @import { ExchangeSummary } from '../../../dev/inspector/api.ts' */
import { element } from '../parts/element.js';
import { showMs, showTensors, showTime } from '../parts/format.js';
import { outcomeTone, outcomeWord } from './outcome.js';
import { splitBar, splitTitle } from './time-split.js';

export const columnNames = ['time', 'protocol', 'model', 'tensors', 'status', 'took', 'batch'];

/** @param {ExchangeSummary} exchange */
export function exchangeRow(exchange) {
  const { id, at, protocol, model, outcome, totalMs, batch } = exchange;
  const took = outcome === 'running' ? '…' : showMs(totalMs);
  return element(
    'div',
    { class: 'row', role: 'row', tabindex: '-1', 'data-id': id, 'aria-selected': 'false' },
    cell('time', showTime(at)),
    cell('protocol', element('span', { class: 'tag' }, protocol)),
    cell('model', model ?? '–'),
    cell('tensors', whatItIs(exchange)),
    cell('status', element('span', { class: `state ${outcomeTone(outcome)}` }, outcomeWord(exchange))),
    cell('took', element('span', { title: totalMs === null ? null : splitTitle(exchange) }, took), splitBar(exchange)),
    cell('batch', batch === null ? '' : `of ${batch.requests}`),
  );
}

/** Drawn anew when this changes. @param {ExchangeSummary} exchange */
export function rowKey({ outcome, kept, outputs, inputs, batch }) {
  return `${outcome} ${kept} ${inputs.length} ${outputs.length} ${batch?.requests}`;
}

/** Its tensors where they are known, else what was asked for. @param {ExchangeSummary} exchange */
function whatItIs({ inputs, outputs, method, path, kept }) {
  if (inputs.length === 0 && outputs.length === 0) {
    return [
      `${method} ${path}`,
      !kept && element('span', { class: 'unkept', title: 'its bodies were not kept' }, ' ∅'),
    ];
  }
  const sides = [showTensors(inputs), showTensors(outputs)].filter((side) => side !== '');
  return sides.join(' → ');
}

/** @param {string} name @param {...(import('../parts/element.js').Child | readonly import('../parts/element.js').Child[])} children */
function cell(name, ...children) {
  return element('span', { class: `cell ${name}`, role: 'gridcell' }, ...children);
}
