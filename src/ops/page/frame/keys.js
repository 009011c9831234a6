// Keys that work everywhere on the page, and the list of them.
import { byId } from '../parts/element.js';

/**
 * @typedef {object} KeyActions
 * @property {() => void} focusFilter
 * @property {(by: number) => void} move
 * @property {() => void} leave
 * @property {() => void} togglePause
 * @property {(at: number) => void} goToTab from 0
 */

/** @param {KeyActions} actions */
export function listenToKeys({ focusFilter, move, leave, togglePause, goToTab }) {
  const help = /** @type {HTMLDialogElement} */ (byId('help'));
  byId('show-help').addEventListener('click', () => help.showModal());
  help.addEventListener('click', ({ target }) => {
    if (target === help) help.close(); // beside it
  });
  /** @type {Record<string, () => void>} */
  const byKey = {
    '/': focusFilter,
    '?': () => help.showModal(),
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    PageDown: () => move(10),
    PageUp: () => move(-10),
    p: togglePause,
    Escape: leave,
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || help.open) return;
    if (isTyping(event)) return;
    const action = /^[1-9]$/.test(event.key) ? () => goToTab(Number(event.key) - 1) : byKey[event.key];
    if (action === undefined || (/^(Arrow|Page)/.test(event.key) && !isFree(event))) return;
    event.preventDefault();
    action();
  });
}

/** In a field letters are letters; Escape leaves it. @param {KeyboardEvent} event */
function isTyping({ target, key }) {
  if (!(target instanceof HTMLElement) || !target.matches('input:not([type=radio]), select, textarea')) return false;
  if (key === 'Escape') target.blur();
  return true;
}

/** Arrows belong to what scrolls or chooses, when the focus is there. @param {KeyboardEvent} event */
function isFree({ target }) {
  return target === document.body || (target instanceof Element && target.closest('.rows') !== null);
}
