// The exchange that was opened: its head, its parts, and its replay.
/** @import { ExchangeDetail } from '../../../dev/inspector/api.ts' */
/** @import { PartName } from '../state/route.js' */

import { drawTabs, walkTabsByKey } from '../frame/tab-list.js';
import { element, fill } from '../parts/element.js';
import { showBytes, showTime } from '../parts/format.js';
import { fetchJson, HttpError } from '../state/poll.js';
import { exchangeLink, partNames } from '../state/route.js';
import { outcomeTone, outcomeWord } from './outcome.js';
import { exchangeParts } from './parts.js';
import { Replay } from './replay.js';
import { splitLegend } from './time-split.js';

const PANEL_ID = 'exchange-part';

export class ExchangePanel {
  #head = element('div', { class: 'panel-head' });
  #tabs = element('div', { class: 'tabs small', role: 'tablist', 'aria-label': 'parts of the exchange' });
  #part = element('div', { class: 'part', role: 'tabpanel', id: PANEL_ID, tabindex: '0' });
  #replay;
  /** @type {{ id: number, part: PartName } | null} */
  #wanted = null;
  /** @type {ExchangeDetail | null} */
  #detail = null;

  /** @param {{ close(): void, replayed(): void }} hooks */
  constructor({ close, replayed }) {
    this.#replay = new Replay({ replayed });
    const closing = element('button', { type: 'button', class: 'close', 'aria-label': 'close' }, '✕');
    closing.addEventListener('click', close);
    this.node = element(
      'section',
      { class: 'panel', 'aria-label': 'opened exchange', hidden: true },
      element('div', { class: 'panel-bar' }, this.#head, closing),
      this.#replay.node,
      this.#tabs,
      this.#part,
    );
    walkTabsByKey(this.#tabs);
  }

  /** @param {{ id: number, part: PartName } | null} wanted null: nothing is open */
  async show(wanted) {
    const isOther = wanted?.id !== this.#wanted?.id;
    this.#wanted = wanted;
    this.node.hidden = wanted === null;
    if (wanted === null) {
      this.#detail = null;
      return;
    }
    if (!isOther && this.#detail !== null) this.#draw(this.#detail);
    else await this.#load(wanted.id);
  }

  /** While it runs, its end is waited for. */
  async refresh() {
    if (this.#wanted !== null && this.#detail?.summary.outcome === 'running') await this.#load(this.#wanted.id);
  }

  /** @param {number} id */
  async #load(id) {
    try {
      const detail = await fetchJson(`/inspect/exchanges/${id}`);
      if (this.#wanted?.id !== id) return; // another was opened meanwhile
      this.#detail = /** @type {ExchangeDetail} */ (detail);
      this.#draw(this.#detail);
    } catch (error) {
      if (this.#wanted?.id === id) this.#drawMissing(id, error);
    }
  }

  /** @param {ExchangeDetail} detail */
  #draw(detail) {
    const part = this.#wanted?.part ?? 'request';
    const { summary } = detail;
    fill(this.#head, headOf(detail));
    this.#replay.aim(summary.id, { isPossible: detail.replayable });
    const tabs = partNames.map((name) => ({
      name,
      title: exchangeParts[name].title,
      href: exchangeLink(summary.id, name),
    }));
    drawTabs(this.#tabs, tabs, { current: part, panelId: PANEL_ID, idPrefix: 'part' });
    fill(this.#part, exchangeParts[part].draw(detail));
  }

  /** @param {number} id @param {unknown} error */
  #drawMissing(id, error) {
    const isGone = error instanceof HttpError && error.status === 404;
    const reason = isGone ? 'It made room for newer ones.' : `It could not be read: ${messageOf(error)}`;
    this.#detail = null;
    fill(this.#head, element('h2', {}, `#${id}`));
    this.#replay.aim(id, { isPossible: false });
    fill(this.#tabs);
    fill(this.#part, element('p', { class: 'quiet' }, reason));
  }
}

/** @param {ExchangeDetail} detail */
function headOf({ summary }) {
  const { id, at, method, path, protocol, model, outcome, requestBytes, responseBytes, totalMs } = summary;
  const facts = [showTime(at), protocol, model, `${showBytes(requestBytes)} in, ${showBytes(responseBytes)} out`];
  return [
    element(
      'h2',
      {},
      element('span', { class: `state ${outcomeTone(outcome)}` }, outcomeWord(summary)),
      element('span', { class: 'path' }, `${method} ${path}`),
    ),
    element('p', { class: 'quiet' }, [`#${id}`, ...facts].filter((fact) => fact !== null).join(' · ')),
    totalMs !== null && splitLegend(summary),
  ];
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
