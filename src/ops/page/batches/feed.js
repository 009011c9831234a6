// The last batches as pictures, and the rows of each over time; only where batches can be looked at.
/** @import { BatchList, BatchView } from '../../../dev/inspector/api.ts' */

import { element, redraw } from '../parts/element.js';
import { showCount, showTime } from '../parts/format.js';
import { card } from '../parts/tiles.js';
import { fetchJson } from '../state/poll.js';
import { batchPicture } from './picture.js';

const KEPT = 120;
const PICTURES = 6;

export class BatchFeed {
  #cursor = 0;
  /** @type {BatchView[]} the oldest first */
  #batches = [];
  #columns = element('div', { class: 'columns', role: 'img', 'aria-label': 'rows of each of the last batches' });
  #rowsNote = quiet('');
  #pictures = element('div', { class: 'pictures' });
  #pause = element('button', { type: 'button', class: 'quiet-button', 'aria-pressed': 'false' }, 'Pause');

  constructor() {
    this.#pause.addEventListener('click', () => {
      const isPaused = this.#pause.getAttribute('aria-pressed') !== 'true';
      this.#pause.setAttribute('aria-pressed', String(isPaused));
      this.#pause.textContent = isPaused ? 'Follow' : 'Pause';
      this.#draw();
    });
    this.rowsCard = card('Rows of each batch', this.#rowsNote, this.#columns);
    this.picturesCard = element(
      'section',
      { class: 'card' },
      element('h2', {}, element('span', { class: 'title' }, 'Who waited how long'), this.#pause),
      this.#pictures,
    );
  }

  /** Must not reject. */
  async ask() {
    try {
      const list = /** @type {BatchList} */ (await fetchJson(`/inspect/batches?after=${this.#cursor}`));
      if (list.cursor < this.#cursor) this.#batches = []; // the agent was started anew
      this.#cursor = list.cursor;
      this.#batches = [...this.#batches, ...list.batches].slice(-KEPT);
      this.#draw();
    } catch {
      return; // the banner says that there is no answer
    }
  }

  #draw() {
    if (this.#pause.getAttribute('aria-pressed') === 'true') return;
    const ids = this.#batches.map(({ id }) => id);
    const most = Math.max(1, ...this.#batches.map(({ rows }) => rows));
    redraw(this.#columns, ids, () =>
      this.#batches.map(({ rows, requests, at }) =>
        element('i', { vars: { rows: rows / most }, title: `${rows} rows, ${requests} requests, ${showTime(at)}` }),
      ),
    );
    this.#rowsNote.textContent = `The last ${KEPT}, the newest at the right. The highest column: ${showCount(most)}.`;
    redraw(this.#pictures, ids.slice(-PICTURES), () => {
      if (ids.length === 0) return quiet('No requests have shared a call yet.');
      return this.#batches
        .slice(-PICTURES)
        .toReversed()
        .map((batch) => batchPicture(batch));
    });
  }
}

/** @param {string} text */
function quiet(text) {
  return element('p', { class: 'quiet' }, text);
}
