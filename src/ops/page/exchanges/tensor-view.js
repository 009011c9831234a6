// A tensor: what it is, its range, and its first values laid out by its shape.
/** @import { TensorView } from '../../../dev/inspector/api.ts' */
import { element } from '../parts/element.js';
import { showCount, showStatistic } from '../parts/format.js';

/** @param {readonly TensorView[]} tensors */
export function tensorTable(tensors) {
  const columns = ['name', 'datatype', 'shape', 'elements', 'min', 'mean', 'max'];
  const lines = tensors.map(({ name, datatype, shape, elements, range }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, name),
      element('td', {}, element('span', { class: 'tag' }, datatype)),
      element('td', { class: 'mono' }, `[${shape.join(', ')}]`),
      element('td', { class: 'number' }, showCount(elements)),
      [range?.min, range?.mean, range?.max].map((value) =>
        element('td', { class: 'number' }, value === undefined ? '–' : showStatistic(value)),
      ),
    ),
  );
  const heads = columns.map((name, at) => element('th', { scope: 'col', class: at > 2 ? 'number' : '' }, name));
  const table = element(
    'table',
    { class: 'data tensors' },
    element('thead', {}, element('tr', {}, heads)),
    element('tbody', {}, lines),
  );
  return [element('div', { class: 'scroll' }, table), tensors.map(valuesOf)];
}

/** @param {TensorView} tensor */
function valuesOf({ name, shape, values, elements, parameters }) {
  const width = Math.max(1, shape.at(-1) ?? 1);
  const rows = [];
  for (let start = 0; start < values.length; start += width) {
    rows.push(valueRow(indexOf(start, shape), values.slice(start, start + width)));
  }
  const rest = elements - values.length;
  return element(
    'figure',
    { class: 'values' },
    element('figcaption', {}, element('b', {}, name), parameters !== null && ` ${JSON.stringify(parameters)}`),
    element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': `values of ${name}` }, rows),
    rest > 0 && element('p', { class: 'quiet' }, `and ${showCount(rest)} more`),
  );
}

/** @param {string} index @param {readonly string[]} values */
function valueRow(index, values) {
  return element(
    'div',
    { class: 'value-row' },
    element('span', { class: 'index' }, index),
    element(
      'span',
      {},
      values.map((value) => element('span', { class: 'value' }, value)),
    ),
  );
}

/** `[3, 0]`: where the row begins, without the last dimension. @param {number} start @param {readonly number[]} shape */
function indexOf(start, shape) {
  const index = [];
  let rest = start;
  for (const size of shape.toReversed()) {
    index.unshift(size > 0 ? rest % size : 0);
    rest = size > 0 ? Math.floor(rest / size) : 0;
  }
  return shape.length < 2 ? '' : `[${index.slice(0, -1).join(', ')}]`;
}
