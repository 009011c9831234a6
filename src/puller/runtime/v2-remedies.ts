// What an operator can do about a refusal of the V2 repository extension, as far as the words of known runtimes tell.
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

/** Null: none is known. `name`: of the model, null for the index. */
export function remedyOf(
  order: 'load' | 'unload' | 'index',
  name: string | null,
  answer: RuntimeAnswer,
): string | null {
  const said = wordsOf(answer.text);
  const known = remedies.find(({ words }) => words.test(said));
  if (known !== undefined) return known.remedy;
  if (order === 'index' || ![404, 405, 501].includes(answer.status)) return null;
  // Who knows the API and not the model names it.
  return name !== null && said.includes(name) ? null : otherApi;
}
