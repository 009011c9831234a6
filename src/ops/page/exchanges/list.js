// The lines of the list: bounded, kept in step with what is known, walked by keyboard.
/** @import { ExchangeSummary } from '../../../dev/inspector/api.ts' */
import { element } from '../parts/element.js';
import { columnNames, exchangeRow, rowKey } from './row.js';

export const MAX_ROWS = 300;

export class ExchangeList {
  /** @type {Map<number, { node: HTMLElement, key: string }>} */
  #rows = new Map();
  #body = element('div', { class: 'rows', role: 'rowgroup' });
  /** @type {number | null} */
  #openId = null;
  /** Where the keyboard is. @type {number | null} */
  #currentId = null;

  /** @param {{ open(id: number): void }} hooks */
  constructor({ open }) {
    const heads = columnNames.map((name) => element('span', { class: `cell ${name}`, role: 'columnheader' }, name));
    this.node = element(
      'div',
      { class: 'list', role: 'grid', 'aria-label': 'exchanges, the newest first', 'aria-multiselectable': 'false' },
      element('div', { class: 'head', role: 'rowgroup' }, element('div', { class: 'row', role: 'row' }, heads)),
      this.#body,
    );
    this.#body.addEventListener('click', ({ target }) => {
      const id = idOf(target);
      if (id === null || document.getSelection()?.isCollapsed === false) return; // text was selected, nothing was meant
      this.#moveTo(id);
      open(id);
    });
    this.#body.addEventListener('focusin', ({ target }) => this.#mark(idOf(target)));
    this.#body.addEventListener('keydown', (event) => {
      const id = idOf(event.target);
      if (id === null || (event.key !== 'Enter' && event.key !== ' ')) return;
      event.preventDefault();
      open(id);
    });
  }

  /** @param {readonly ExchangeSummary[]} exchanges the newest first */
  draw(exchanges) {
    const shown = exchanges.slice(0, MAX_ROWS);
    const wanted = new Set(shown.map(({ id }) => id));
    for (const [id, { node }] of this.#rows) {
      if (wanted.has(id)) continue;
      node.remove();
      this.#rows.delete(id);
    }
    this.#body.style.setProperty('--scale', String(scaleOf(shown)));
    const nodes = shown.map((exchange) => this.#rowOf(exchange)); // all of them first: it may replace the one at the place
    let place = this.#body.firstElementChild;
    for (const node of nodes) {
      if (node === place) place = place.nextElementSibling;
      else this.#body.insertBefore(node, place);
    }
    if (this.#currentId === null || !wanted.has(this.#currentId)) this.#mark(shown[0]?.id ?? null);
  }

  /** @param {number | null} id */
  setOpen(id) {
    this.#openId = id;
    for (const [rowId, { node }] of this.#rows) node.setAttribute('aria-selected', String(rowId === id));
  }

  /** Rows further down, or up. @param {number} by */
  move(by) {
    const nodes = [...this.#body.children];
    const at = nodes.findIndex((node) => idOf(node) === this.#currentId);
    const isThere = nodes[at] === document.activeElement;
    const next = nodes[Math.min(nodes.length - 1, Math.max(0, isThere ? at + by : at))];
    if (next !== undefined) this.#moveTo(/** @type {number} */ (idOf(next)));
  }

  /** Gives the focus back to the line that was left. */
  focus() {
    if (this.#currentId !== null) this.#rows.get(this.#currentId)?.node.focus();
  }

  /** @param {number} id */
  #moveTo(id) {
    this.#mark(id);
    const node = this.#rows.get(id)?.node;
    node?.focus();
    node?.scrollIntoView({ block: 'nearest' });
  }

  /** One line can be reached by the tab key: the one where the keyboard is. @param {number | null} id */
  #mark(id) {
    if (this.#currentId !== null) this.#rows.get(this.#currentId)?.node.setAttribute('tabindex', '-1');
    this.#currentId = id;
    if (id !== null) this.#rows.get(id)?.node.setAttribute('tabindex', '0');
  }

  /** @param {ExchangeSummary} exchange */
  #rowOf(exchange) {
    const key = rowKey(exchange);
    const known = this.#rows.get(exchange.id);
    if (known?.key === key) return known.node;
    const node = exchangeRow(exchange);
    node.setAttribute('aria-selected', String(exchange.id === this.#openId));
    if (exchange.id === this.#currentId) node.setAttribute('tabindex', '0');
    const hadFocus = known !== undefined && known.node === document.activeElement;
    known?.node.replaceWith(node);
    this.#rows.set(exchange.id, { node, key });
    if (hadFocus) node.focus();
    return node;
  }
}

/** The longest but for a few that stand out: else those would make a dot of every other bar. @param {readonly ExchangeSummary[]} exchanges */
function scaleOf(exchanges) {
  const totals = exchanges.flatMap(({ totalMs }) => (totalMs === null ? [] : [totalMs])).sort((one, two) => one - two);
  return Math.max(0.1, totals[Math.floor(totals.length * 0.95)] ?? 1);
}

/** @param {unknown} target */
function idOf(target) {
  const row = target instanceof Element ? target.closest('[data-id]') : null;
  return row === null ? null : Number(row.getAttribute('data-id'));
}
