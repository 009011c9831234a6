// Which exchanges the reader asked to see.
/** @import { ExchangeSummary } from '../../../dev/inspector/api.ts' */

export const outcomeChoices = /** @type {const} */ (['all', 'ok', 'errors', 'running']);

/** @typedef {(typeof outcomeChoices)[number]} OutcomeChoice */
/** @typedef {{ text: string, model: string, outcome: OutcomeChoice }} Filter `model`: '' for all */

/**
 * Every word of the text has to be found somewhere in the line; `#12` is an id.
 * @param {Filter} filter
 * @returns {(exchange: ExchangeSummary) => boolean}
 */
export function exchangeMatcher({ text, model, outcome }) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (exchange) =>
    (model === '' || exchange.model === model) &&
    hasOutcome(exchange, outcome) &&
    (words.length === 0 || hasWords(exchange, words));
}

/** @param {ExchangeSummary} exchange @param {OutcomeChoice} outcome */
function hasOutcome(exchange, outcome) {
  if (outcome === 'all') return true;
  if (outcome === 'errors') return exchange.outcome === 'error' || exchange.outcome === 'cancelled';
  return exchange.outcome === outcome;
}

/** @param {ExchangeSummary} exchange @param {readonly string[]} words in lower case */
function hasWords(exchange, words) {
  const { id, method, path, protocol, model, status, batch, inputs, outputs } = exchange;
  const tensors = [...inputs, ...outputs].flatMap(({ name, datatype, shape }) => [name, datatype, `[${shape}]`]);
  const line = [method, path, protocol, model, status, exchange.outcome, batch?.id, ...tensors].join(' ').toLowerCase();
  return words.every((word) => (/^#\d+$/.test(word) ? word === `#${id}` : line.includes(word)));
}
