// The operator's rules, made ready for reading documents. A tensor is named in two ways: V2 has a list of tensors, and generate,
// its extension, has each one as a member of its document.
import type { RedactRule } from '../../config/slices.ts';
import { type KnownWord, knownWords } from '../../v2/json/known-word.ts';
import { placeOf, type SecretPlace } from './secret-place.ts';

export interface SecretRules {
  /** Of the document's root; null: no rule is a path. */
  readonly root: SecretPlace | null;
  /** Names of secret inputs and outputs. */
  readonly tensors: readonly KnownWord<string>[];
}

export interface RulesByApi {
  readonly generate: SecretRules;
  readonly others: SecretRules;
}

export function readRules(rules: readonly RedactRule[]): RulesByApi {
  const paths = rules.flatMap((rule) => (rule.kind === 'path' ? [rule.steps] : []));
  const names = [...new Set(rules.flatMap((rule) => (rule.kind === 'tensor' ? [rule.name] : [])))];
  const tensors = knownWords(names);
  // A tensor may be called `*`, which is no name for a path to step on: then every member goes.
  const members = names.map((name) => [name]);
  return {
    generate: { root: placeOf([...paths, ...members]), tensors },
    others: { root: placeOf(paths), tensors },
  };
}

const generatePath = /\/generate(?:_stream)?(?:\?|$)/;

/** Triton's extension_generate.md. */
export function rulesFor(path: string, { generate, others }: RulesByApi): SecretRules {
  return generatePath.test(path) ? generate : others;
}
