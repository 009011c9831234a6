// A figure with its name, and tables of names and figures: what most tabs are made of.
/** @import { Child } from './element.js' */
import { element } from './element.js';

/** @typedef {{ name: string, value: string, note?: string, tone?: 'ok' | 'warn' | 'bad' | '' }} Tile */

/** @param {readonly Tile[]} tiles */
export function tileRow(tiles) {
  return element('dl', { class: 'tiles' }, tiles.map(tileOf));
}

/** @param {Tile} tile */
function tileOf({ name, value, note, tone = '' }) {
  return element(
    'div',
    { class: `tile ${tone}` },
    element('dt', {}, name),
    element('dd', {}, value),
    note !== undefined && element('dd', { class: 'note' }, note),
  );
}

/**
 * @param {string} title
 * @param {...(Child | readonly Child[])} children
 */
export function card(title, ...children) {
  return element('section', { class: 'card' }, element('h2', {}, title), ...children);
}

/** Two columns; nothing: `empty`. @param {readonly (readonly [string, Child])[]} rows @param {string} [empty] */
export function factTable(rows, empty = 'none') {
  if (rows.length === 0) return element('p', { class: 'quiet' }, empty);
  const lines = rows.map(([name, value]) =>
    element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, value)),
  );
  return element('div', { class: 'scroll' }, element('table', { class: 'facts' }, element('tbody', {}, lines)));
}

/**
 * @param {readonly string[]} columns
 * @param {readonly (readonly Child[])[]} rows
 * @param {{ label: string, numbersFrom?: number }} options columns from this one on are numbers
 */
export function dataTable(columns, rows, { label, numbersFrom = Number.POSITIVE_INFINITY }) {
  const of = (/** @type {number} */ at) => ({ class: at >= numbersFrom ? 'number' : '' });
  return element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label },
    element(
      'table',
      { class: 'data' },
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          columns.map((name, at) => element('th', { scope: 'col', ...of(at) }, name)),
        ),
      ),
      element(
        'tbody',
        {},
        rows.map((row) =>
          element(
            'tr',
            {},
            row.map((cell, at) => element('td', of(at), cell)),
          ),
        ),
      ),
    ),
  );
}

/** @param {string} text @param {string} tone */
export function pill(text, tone) {
  return element('span', { class: `pill ${tone}` }, text);
}

/** What a tab shows of a part that is switched off. @param {string} what @param {string} remedy @param {string} option */
export function switchedOff(what, remedy, option) {
  return element(
    'div',
    { class: 'empty' },
    element('p', { class: 'headline' }, what),
    element('p', {}, `${remedy} `, element('code', {}, option)),
  );
}
