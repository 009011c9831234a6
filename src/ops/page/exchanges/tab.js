// The tab of exchanges: the live list, what is filtered, and the one that is open.
/** @import { ExchangeList as ListAnswer } from '../../../dev/inspector/api.ts' */
/** @import { Route } from '../state/route.js' */
import { element, fill } from '../parts/element.js';
import { fetchJson } from '../state/poll.js';
import { exchangeLink } from '../state/route.js';
import { ExchangeBar } from './bar.js';
import { exchangeMatcher } from './filter.js';
import { ExchangeList, MAX_ROWS } from './list.js';
import { limitsNotice } from './notice.js';
import { ExchangePanel } from './panel.js';
import { ExchangeStore } from './store.js';

export class ExchangesTab {
  #store = new ExchangeStore();
  #bar = new ExchangeBar({ changed: () => this.#draw(), togglePause: () => this.togglePause() });
  #list = new ExchangeList({ open: (id) => this.#goTo(exchangeLink(id, this.#part)) });
  #panel = new ExchangePanel({ close: () => this.close(), replayed: () => void this.ask() });
  #notice = element('p', { class: 'notice', hidden: true });
  #empty = element('div', { class: 'empty', hidden: true });
  /** What is shown while paused. @type {ReturnType<ExchangeStore['all']> | null} */
  #frozen = null;
  /** @type {number | null} */
  #openId = null;
  #part = /** @type {Route['part']} */ ('request');

  constructor() {
    const list = element('div', { class: 'list-side' }, this.#list.node, this.#empty);
    this.#split = element('div', { class: 'split-view' }, list, this.#panel.node);
    this.node = element('div', { class: 'exchanges' }, this.#bar.node, this.#notice, this.#split);
  }
  #split;

  /** What came since; must not reject. */
  async ask() {
    try {
      const answer = await fetchJson(`/inspect/exchanges?after=${this.#store.cursor}`);
      this.#store.take(/** @type {ListAnswer} */ (answer));
      this.#draw();
      await this.#panel.refresh();
    } catch {
      // the banner says that there is no answer
      return;
    }
  }

  /** The agent was started anew. */
  forget() {
    this.#store.clear();
    this.#frozen = null;
  }

  /** @param {Route} route */
  show({ id, part }) {
    const isOpening = id !== null && id !== this.#openId;
    const isClosing = id === null && this.#openId !== null;
    this.#openId = id;
    this.#part = part;
    this.#split.classList.toggle('open', id !== null);
    this.#list.setOpen(id);
    void this.#panel.show(id === null ? null : { id, part });
    if (isClosing) this.#list.focus();
    else if (isOpening) this.#panel.node.querySelector('.part')?.scrollTo(0, 0);
  }

  close() {
    this.#goTo('#exchanges');
  }

  get isOpen() {
    return this.#openId !== null;
  }

  focusFilter() {
    this.#bar.focus();
  }

  /** @param {number} by rows */
  move(by) {
    this.#list.move(by);
  }

  togglePause() {
    this.#frozen = this.#frozen === null ? this.#store.all() : null;
    this.#draw();
  }

  /** @param {string} hash */
  #goTo(hash) {
    location.hash = hash;
  }

  #draw() {
    const all = this.#frozen ?? this.#store.all();
    const shown = all.filter(exchangeMatcher(this.#bar.filter));
    const newest = this.#frozen?.[0]?.id ?? 0;
    this.#list.draw(shown);
    this.#list.setOpen(this.#openId);
    this.#bar.draw({
      models: this.#store.models(),
      shown: Math.min(shown.length, MAX_ROWS),
      matching: shown.length,
      known: all.length,
      isPaused: this.#frozen !== null,
      waiting: this.#frozen === null ? 0 : this.#store.all().filter(({ id }) => id > newest).length,
    });
    const notice = limitsNotice(this.#store);
    this.#notice.hidden = notice === null;
    this.#notice.textContent = notice;
    this.#drawEmpty(shown.length === 0, all.length);
  }

  /** @param {boolean} isEmpty @param {number} known */
  #drawEmpty(isEmpty, known) {
    this.#empty.hidden = !isEmpty;
    const none = 'Nothing has come yet. Send a request: the terminal shows one to paste.';
    fill(this.#empty, element('p', {}, known === 0 ? none : 'Nothing that is known matches the filter.'));
  }
}
