// The tab of models: what each is doing, how far its download is, what failed. Thousands are searched, not drawn.
/** @import { ModelsReport, ModelState } from '../../../model-report.ts' */
/** @import { PageState } from '../state/page-state.js' */
import { element, redraw } from '../parts/element.js';
import { showBytes, showCount, showCounted } from '../parts/format.js';
import { switchedOff, tileRow } from '../parts/tiles.js';
import { fetchJson } from '../state/poll.js';
import { modelRow } from './row.js';
import { MAX_MODELS, searchModels } from './search.js';

export class ModelsTab {
  #text = element('input', {
    type: 'search',
    placeholder: 'Search: name, address, error …',
    'aria-label': 'search models',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  #state = element('select', { 'aria-label': 'filter by state' });
  #counts = element('span', { class: 'counts' });
  #top = element('div');
  #rows = element('tbody');
  #on;
  #off = switchedOff('No models are pulled.', 'models.json is kept in force with', '--enable-puller');
  /** @type {ModelsReport | null} */
  #report = null;

  constructor() {
    const columns = ['model', 'state', 'progress', 'on disk', 'in memory', 'what failed'];
    const heads = columns.map((name) =>
      element('th', { scope: 'col', class: name.startsWith('in ') || name.startsWith('on ') ? 'number' : '' }, name),
    );
    const table = element(
      'table',
      { class: 'data models' },
      element('thead', {}, element('tr', {}, heads)),
      this.#rows,
    );
    this.#on = element(
      'div',
      {},
      this.#top,
      element('div', { class: 'bar', role: 'search' }, this.#text, this.#state, this.#counts),
      element('div', { class: 'card scroll', tabindex: '0', role: 'region', 'aria-label': 'models' }, table),
    );
    this.node = element('div', {}, this.#on, this.#off);
    this.#text.addEventListener('input', () => this.#drawList());
    this.#state.addEventListener('change', () => this.#drawList());
  }

  /** @param {PageState} state */
  draw({ status: { models } }) {
    this.#on.hidden = models === null;
    this.#off.hidden = models !== null;
    if (models === null) return;
    redraw(this.#top, models, () => topOf(models));
    redraw(this.#state, models.counts, () => stateOptions(models.counts, this.#state.value));
  }

  focusFilter() {
    this.#text.focus();
    this.#text.select();
  }

  /** The list, while somebody looks; must not reject. @param {PageState | null} state */
  async ask(state) {
    if (state === null || state.status.models === null) return;
    try {
      this.#report = await fetchJson('/models');
      this.#drawList();
    } catch {
      return; // the banner says that there is no answer
    }
  }

  #drawList() {
    if (this.#report === null) return;
    const { list } = this.#report;
    const found = searchModels(list, { text: this.#text.value, state: this.#state.value });
    const shown = found.slice(0, MAX_MODELS);
    const first = found.length > shown.length ? `the first ${showCount(shown.length)} of ` : '';
    const of = found.length === list.length ? '' : `${showCount(found.length)} of `;
    this.#counts.textContent = `${first}${of}${showCount(list.length)}`;
    const nowMs = Math.floor(Date.now() / 1000) * 1000;
    redraw(this.#rows, [shown, shown.some(({ failure }) => failure !== null) && nowMs], () =>
      shown.map((model) => modelRow(model, nowMs)),
    );
  }
}

/** @param {NonNullable<PageState['status']['models']>} models */
function topOf({ file, settled, runtime, counts, memory, disk, waiting }) {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const underWay = counts.wanted + counts.downloading + counts.verifying + counts.loading;
  const budget = (/** @type {{ usedBytes: number, budgetBytes: number } | null} */ of) => ({
    value: of === null ? '–' : showBytes(of.usedBytes),
    note: of === null ? 'no budget' : `of ${showBytes(of.budgetBytes)}`,
  });
  return [
    file.problem !== null && element('p', { class: 'error' }, `${file.path}: ${file.problem}`),
    tileRow([
      { name: 'ready', value: showCount(counts.ready), note: `of ${showCount(all)}`, tone: 'ok' },
      {
        name: 'under way',
        value: showCount(underWay),
        note: settled ? 'the first ones are settled' : 'not settled yet',
      },
      { name: 'failed', value: showCount(counts.failed), tone: counts.failed > 0 ? 'bad' : '' },
      { name: 'idle', value: showCount(counts.idle), note: `${showCounted(waiting, 'request')} waiting` },
      { name: 'memory', ...budget(memory) },
      { name: 'disk', ...budget(disk) },
      {
        name: 'runtime',
        value: runtime.up ? 'up' : 'down',
        note: showCounted(runtime.restarts, 'restart'),
        tone: runtime.up ? '' : 'bad',
      },
    ]),
  ];
}

/** @param {Readonly<Record<ModelState, number>>} counts @param {string} chosen */
function stateOptions(counts, chosen) {
  const states = Object.entries(counts).filter(([state, count]) => count > 0 || state === chosen);
  return [
    element('option', { value: '' }, 'All states'),
    ...states.map(([state, count]) =>
      element('option', { value: state, selected: state === chosen }, `${state} (${showCount(count)})`),
    ),
  ];
}
