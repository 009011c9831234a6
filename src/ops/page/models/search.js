// Which models the reader asked to see.
/** @import { ModelReport } from '../../../model-report.ts' */

export const MAX_MODELS = 200;

/** What needs an eye comes first. @type {Readonly<Record<ModelReport['state'], number>>} */
const ranks = { failed: 0, downloading: 1, verifying: 1, loading: 1, removing: 2, wanted: 2, idle: 3, ready: 3 };

/** @param {readonly ModelReport[]} models @param {{ text: string, state: string }} filter `state`: '' for all */
export function searchModels(models, { text, state }) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return models
    .filter((model) => state === '' || model.state === state)
    .filter(({ name, uri, failure }) => {
      const line = [name, uri, failure?.code, failure?.reason].join(' ').toLowerCase();
      return words.every((word) => line.includes(word));
    })
    .sort((one, other) => ranks[one.state] - ranks[other.state] || one.name.localeCompare(other.name));
}
