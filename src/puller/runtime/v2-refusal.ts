// A refusal of the V2 repository extension: the runtime's own words, and what an operator can do, as far as they tell.
import { OutriggerError } from '../../errors.ts';
import { wordsOf } from './refusal-words.ts';
import type { RuntimeAnswer } from './runtime-call.ts';

const otherApi = 'if this runtime has no repository API of V2: --runtime-api=none, or the API that it has';

/** `words`: of Triton 2.51 and MLServer 1.7 (runtimes.md 3 and 4). */
const remedies: readonly { readonly words: RegExp; readonly remedy: string }[] = [
  {
    words: /^explicit model load \/ unload is not allowed/,
    remedy: 'start Triton with --model-control-mode=explicit',
  },
  {
    words: /failed to poll from model repository$/,
    remedy:
      "is the agent's --model-dir what Triton has as --model-repository, and is there a version folder in the files?",
  },
  {
    words: /^Model .* not found$/,
    remedy: "is the agent's --model-dir the folder that MLServer serves, and does a model-settings.json say this name?",
  },
];

interface V2Refusal {
  readonly order: 'load' | 'unload' | 'index';
  /** Of the model; null: of none. */
  readonly name: string | null;
  readonly answer: RuntimeAnswer;
}

/** MODEL_LOAD_FAILED, to be thrown. */
export function v2Refusal({ order, name, answer }: V2Refusal): OutriggerError {
  const said = wordsOf(answer.text);
  const remedy = remedyOf({ order, name, answer });
  const what = `the runtime answered ${answer.status} to the ${order}${name === null ? '' : ` of model ${name}`}`;
  const message = `${what}${said === '' ? '' : `: ${said}`}${remedy === null ? '' : `; ${remedy}`}`;
  return new OutriggerError('MODEL_LOAD_FAILED', message);
}

/** Null: none is known. */
function remedyOf({ order, name, answer }: V2Refusal): string | null {
  const said = wordsOf(answer.text);
  const known = remedies.find(({ words }) => words.test(said));
  if (known !== undefined) return known.remedy;
  if (order === 'index' || ![404, 405, 501].includes(answer.status)) return null;
  // Who knows the API and not the model names it.
  return name !== null && said.includes(name) ? null : otherApi;
}
