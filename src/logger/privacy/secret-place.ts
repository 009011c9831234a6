// Where in a JSON document secrets stand: the paths of all rules, followed together, one step for each level.
import type { RedactRule } from '../../config/slices.ts';
import type { Span } from '../../v2/json/json-scan.ts';
import { findWord, type KnownWord, knownWords } from '../../v2/json/known-word.ts';

/** Names, indices and `*`, any member or element, from the document's root. */
export type Steps = Extract<RedactRule, { kind: 'path' }>['steps'];

/** Null: no rule asks for anything there. */
export function placeOf(paths: readonly Steps[]): SecretPlace | null {
  return paths.length === 0 ? null : new SecretPlace(paths);
}

/** A value of the document, and what is left of the paths that lead to it. */
export class SecretPlace {
  /** The value itself is a secret, whatever is in it. */
  readonly isSecret: boolean;
  readonly looksIntoObjects: boolean;
  readonly looksIntoArrays: boolean;
  readonly #rests: readonly Steps[];
  readonly #names: readonly KnownWord<string>[];
  readonly #hasIndices: boolean;
  /** Places of the steps that the rules spell out; made when a document has them. */
  readonly #spelled = new Map<string | number, SecretPlace | null>();
  /** Of any other member or element. */
  readonly #other: SecretPlace | null;

  constructor(paths: readonly Steps[]) {
    this.#rests = paths.filter((steps) => steps.length > 0);
    this.isSecret = this.#rests.length < paths.length;
    const firsts = new Set(this.#rests.map(([first]) => first));
    const any = firsts.delete('*');
    this.#names = knownWords([...firsts].filter((step) => typeof step === 'string'));
    this.#hasIndices = firsts.size > this.#names.length;
    this.#other = placeOf(this.#restsBehind('*'));
    this.looksIntoObjects = any || this.#names.length > 0;
    this.looksIntoArrays = any || this.#hasIndices;
  }

  /** `name` includes its quotes; a name written with escapes is the same name. */
  member(text: Uint8Array, name: Span): SecretPlace | null {
    const word = this.#names.length === 0 ? null : findWord(text, name, this.#names);
    return word === null ? this.#other : this.at(word.text);
  }

  element(index: number): SecretPlace | null {
    return this.#hasIndices ? this.at(index) : this.#other;
  }

  at(step: string | number): SecretPlace | null {
    const known = this.#spelled.get(step);
    if (known !== undefined) return known;
    if (!this.#rests.some(([first]) => first === step)) return this.#other; // or a document would fill the map
    const place = placeOf(this.#restsBehind(step));
    this.#spelled.set(step, place);
    return place;
  }

  #restsBehind(step: string | number): readonly Steps[] {
    return this.#rests.filter(([first]) => first === step || first === '*').map((steps) => steps.slice(1));
  }
}
