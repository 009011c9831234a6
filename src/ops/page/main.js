// The page, put together: asks for what is shown, and draws the tab that is open.
/** @import { BriefReport } from '../status.ts' */
/** @import { PageState, View } from './state/page-state.js' */
/** @import { TabName } from './state/route.js' */
import { openBatchingTab } from './batches/tab.js';
import { ExchangesTab } from './exchanges/tab.js';
import { drawConnection, drawHeader } from './frame/header.js';
import { listenToKeys } from './frame/keys.js';
import { tabBadge } from './frame/tab-badge.js';
import { drawTabs, walkTabsByKey } from './frame/tab-list.js';
import { ModelsTab } from './models/tab.js';
import { byId, element } from './parts/element.js';
import { History } from './state/history.js';
import { fetchJson, startPolling } from './state/poll.js';
import { readRoute, tabNames } from './state/route.js';
import { openEventsTab } from './tabs/events.js';
import { openHealthTab } from './tabs/health.js';
import { openTrafficTab } from './tabs/traffic.js';

const EVERY_MS = 1000;
const titles = {
  exchanges: 'Exchanges',
  traffic: 'Traffic',
  batching: 'Batching',
  events: 'Events',
  models: 'Models',
  health: 'Health',
};

class Page {
  #exchanges = new ExchangesTab();
  #batching = openBatchingTab();
  #models = new ModelsTab();
  /** @type {Readonly<Record<Exclude<TabName, 'exchanges'>, View>>} */
  #views = {
    traffic: openTrafficTab(),
    batching: this.#batching,
    events: openEventsTab(),
    models: this.#models,
    health: openHealthTab(),
  };
  #history = new History();
  /** @type {BriefReport | null} */
  #status = null;
  #isDev = false;
  #answeredMs = Date.now();

  constructor({ isDev = false } = {}) {
    this.#isDev = isDev;
    const main = byId('panel');
    for (const name of tabNames) main.append(element('div', { id: `view-${name}`, class: 'view', hidden: true }));
    byId('view-exchanges').append(this.#exchanges.node);
    for (const [name, view] of Object.entries(this.#views)) byId(`view-${name}`).append(view.node);
    walkTabsByKey(byId('tabs'));
    window.addEventListener('hashchange', () => this.#show());
    listenToKeys({
      focusFilter: () => (this.#tab === 'models' ? this.#models.focusFilter() : this.#exchanges.focusFilter()),
      move: (by) => this.#tab === 'exchanges' && this.#exchanges.move(by),
      leave: () => this.#tab === 'exchanges' && this.#exchanges.isOpen && this.#exchanges.close(),
      togglePause: () => this.#tab === 'exchanges' && this.#exchanges.togglePause(),
      goToTab: (at) => {
        const name = this.#tabs[at];
        if (name !== undefined) location.hash = name;
      },
    });
    this.#show();
    this.#polling = startPolling({ everyMs: EVERY_MS, ask: () => this.#ask() });
  }
  #polling;

  get #tabs() {
    return tabNames.filter((name) => name !== 'exchanges' || this.#isDev);
  }

  get #tab() {
    return readRoute(location.hash, this.#tabs).tab;
  }

  /** @returns {PageState | null} */
  get #state() {
    return this.#status === null ? null : { status: this.#status, history: this.#history, isDev: this.#isDev };
  }

  async #ask() {
    try {
      const status = /** @type {BriefReport} */ (await fetchJson('/status?brief'));
      if (this.#status !== null && this.#status.startedAt !== status.startedAt) this.#exchanges.forget();
      this.#status = status;
      this.#answeredMs = Date.now();
      this.#history.add(status, this.#answeredMs);
      drawConnection(null);
    } catch {
      drawConnection(this.#answeredMs);
      return;
    }
    this.#draw();
    await this.#askForTab();
  }

  async #askForTab() {
    const tab = this.#tab;
    if (tab === 'exchanges') await this.#exchanges.ask();
    if (tab === 'batching' && this.#isDev) await this.#batching.ask();
    if (tab === 'models') await this.#models.ask(this.#state);
  }

  #show() {
    const route = readRoute(location.hash, this.#tabs);
    for (const name of tabNames) byId(`view-${name}`).hidden = name !== route.tab;
    if (this.#isDev) this.#exchanges.show(route.tab === 'exchanges' ? route : { ...route, id: null });
    this.#draw();
    this.#polling?.now();
  }

  #draw() {
    const state = this.#state;
    const { tab } = readRoute(location.hash, this.#tabs);
    const badgeOf = (/** @type {TabName} */ name) => (state === null ? null : tabBadge(name, state.status));
    const tabs = this.#tabs.map((name) => ({ name, title: titles[name], href: `#${name}`, badge: badgeOf(name) }));
    drawTabs(byId('tabs'), tabs, { current: tab, panelId: 'panel', idPrefix: 'tab' });
    if (state === null) return;
    drawHeader(state);
    if (tab !== 'exchanges') this.#views[tab].draw(state);
  }
}

/** Only `outrigger dev` has something to inspect; a sidecar answers 404. */
async function isInspectable() {
  try {
    await fetchJson('/inspect/exchanges?after=0');
    return true;
  } catch {
    return false;
  }
}

new Page({ isDev: await isInspectable() });
