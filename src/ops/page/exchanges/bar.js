// What stands above the list: filter by text, model and outcome, pause, and how much of what is known is shown.
/** @import { Filter, OutcomeChoice } from './filter.js' */
import { element, redraw } from '../parts/element.js';
import { showCount } from '../parts/format.js';
import { outcomeChoices } from './filter.js';

const titles = { all: 'All', ok: 'OK', errors: 'Errors', running: 'Running' };

/** @typedef {{ models: readonly string[], shown: number, matching: number, known: number, isPaused: boolean, waiting: number }} BarState */

export class ExchangeBar {
  #text = element('input', {
    type: 'search',
    placeholder: 'Filter: path, tensor, FP32, #12 …',
    'aria-label': 'filter exchanges by text',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  #model = element('select', { 'aria-label': 'filter by model' });
  #choices = element('fieldset', { class: 'choices' }, element('legend', { class: 'unseen' }, 'filter by outcome'));
  #counts = element('span', { class: 'counts', role: 'status', 'aria-live': 'off' });
  #pause = element('button', { type: 'button', class: 'pause', 'aria-pressed': 'false' }, 'Pause');

  /** @param {{ changed(): void, togglePause(): void }} hooks */
  constructor({ changed, togglePause }) {
    this.#choices.append(...outcomeChoices.map(choiceOf));
    this.#text.addEventListener('input', changed);
    this.#model.addEventListener('change', changed);
    this.#choices.addEventListener('change', changed);
    this.#pause.addEventListener('click', togglePause);
    this.node = element(
      'div',
      { class: 'bar', role: 'search' },
      this.#text,
      this.#model,
      this.#choices,
      this.#counts,
      this.#pause,
    );
  }

  /** @returns {Filter} */
  get filter() {
    const checked = this.#choices.querySelector('input:checked');
    const outcome = checked instanceof HTMLInputElement ? checked.value : 'all';
    return { text: this.#text.value, model: this.#model.value, outcome: /** @type {OutcomeChoice} */ (outcome) };
  }

  focus() {
    this.#text.focus();
    this.#text.select();
  }

  /** @param {BarState} state */
  draw({ models, shown, matching, known, isPaused, waiting }) {
    const chosen = this.#model.value;
    const names = chosen === '' || models.includes(chosen) ? models : [...models, chosen];
    redraw(this.#model, names, () => [
      element('option', { value: '' }, 'All models'),
      ...names.map((name) => element('option', { value: name, selected: name === chosen }, name)),
    ]);
    this.#counts.textContent = countsText({ shown, matching, known });
    this.#pause.setAttribute('aria-pressed', String(isPaused));
    this.#pause.textContent = isPaused ? (waiting === 0 ? 'Follow' : `Follow (${showCount(waiting)} new)`) : 'Pause';
  }
}

/** @param {Pick<BarState, 'shown' | 'matching' | 'known'>} counts */
function countsText({ shown, matching, known }) {
  const of = matching === known ? '' : `${showCount(matching)} of `;
  return `${shown < matching ? `newest ${showCount(shown)} of ` : ''}${of}${showCount(known)}`;
}

/** @param {OutcomeChoice} value */
function choiceOf(value) {
  const input = element('input', { type: 'radio', name: 'outcome', value, checked: value === 'all' });
  return element('label', {}, input, element('span', {}, titles[value]));
}
