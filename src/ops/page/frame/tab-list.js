// Tabs as links: the arrows walk them, and each has an address.
import { element, redraw } from '../parts/element.js';

/** @typedef {{ text: string, meaning: string }} Badge */
/** @typedef {{ name: string, title: string, href: string, badge?: Badge | null }} Tab */

/**
 * @param {HTMLElement} node becomes the tablist
 * @param {readonly Tab[]} tabs
 * @param {{ current: string, panelId: string, idPrefix: string }} options
 */
export function drawTabs(node, tabs, { current, panelId, idPrefix }) {
  const had = node.contains(document.activeElement) ? document.activeElement?.id : undefined;
  redraw(node, [tabs, current], () =>
    tabs.map(({ name, title, href, badge }) =>
      element(
        'a',
        {
          href,
          id: `${idPrefix}-${name}`,
          role: 'tab',
          'aria-selected': String(name === current),
          'aria-controls': panelId,
          tabindex: name === current ? '0' : '-1',
        },
        title,
        badge && element('span', { class: 'badge', title: badge.meaning }, badge.text),
      ),
    ),
  );
  if (had !== undefined) document.getElementById(had)?.focus();
  if (node.dataset.current !== current) {
    node.dataset.current = current;
    showWhole(node, document.getElementById(`${idPrefix}-${current}`));
  }
  document.getElementById(panelId)?.setAttribute('aria-labelledby', `${idPrefix}-${current}`);
}

/** On a small screen not all tabs have room. @param {HTMLElement} node @param {HTMLElement | null} link */
function showWhole(node, link) {
  if (link === null) return;
  const start = link.offsetLeft - node.offsetLeft;
  const isCut = start < node.scrollLeft || start + link.offsetWidth > node.scrollLeft + node.clientWidth;
  if (isCut) node.scrollLeft = start - 40;
}

/** Left and right, Home and End. @param {HTMLElement} node of the tablist */
export function walkTabsByKey(node) {
  node.addEventListener('keydown', (event) => {
    const links = [...node.querySelectorAll('a')];
    const at = links.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + links.length, Home: 0, End: links.length - 1 }[event.key];
    if (to === undefined || at === -1) return;
    event.preventDefault();
    const link = links[to % links.length];
    link?.focus();
    link?.click();
  });
}
