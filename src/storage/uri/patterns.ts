// Which names a pattern means: fnmatch as Python has it, since STORAGE_ALLOW_PATTERNS and STORAGE_IGNORE_PATTERNS are Python's.
import type { PullPatterns } from '../../config/storage-config.ts';

/** One step of a pattern. A set is a list of ranges of code points, both ends inclusive. */
type Step =
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  | { readonly kind: 'one'; readonly codePoint: number }
  | { readonly kind: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] };

/**
 * `allow` empty: all. What both lists match is left out (huggingface_hub filter_repo_objects). Case-sensitive; `*` and `?` also
 * match "/"; `[seq]`, `[!seq]`. A pattern that ends in "/" means all below that folder.
 */
export function readFilter(patterns: PullPatterns): (path: string) => boolean {
  const allow = patterns.allow.map(readPattern);
  const ignore = patterns.ignore.map(readPattern);
  if (allow.length + ignore.length === 0) return () => true;
  return (path) => {
    const text = codePoints(path);
    return (
      (allow.length === 0 || allow.some((steps) => matches(steps, text))) &&
      !ignore.some((steps) => matches(steps, text))
    );
  };
}

/** Greedy, going back to the last star alone: at most pattern times path steps, whatever the pattern. */
function matches(steps: readonly Step[], text: readonly number[]): boolean {
  let step = 0;
  let at = 0;
  let afterStar = -1; // the step behind the last star seen
  let starEnd = 0; // how far that star reaches so far
  while (at < text.length) {
    const next = steps[step];
    if (next?.kind === 'star') {
      afterStar = ++step;
      starEnd = at;
    } else if (next !== undefined && takes(next, text[at] as number)) {
      step++;
      at++;
    } else if (afterStar >= 0) {
      step = afterStar;
      at = ++starEnd;
    } else return false;
  }
  while (steps[step]?.kind === 'star') step++;
  return step === steps.length;
}

function takes(step: Step, codePoint: number): boolean {
  if (step.kind === 'one') return step.codePoint === codePoint;
  if (step.kind === 'set')
    return step.ranges.some(([low, high]) => low <= codePoint && codePoint <= high) !== step.negated;
  return true;
}

function readPattern(pattern: string): readonly Step[] {
  const text = [...(pattern.endsWith('/') ? `${pattern}*` : pattern)];
  const steps: Step[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    const end = character === '[' ? endOfSet(text, at) : -1;
    if (end >= 0) {
      steps.push(readSet(text.slice(at + 1, end)));
      at = end;
    } else if (character === '*') steps.push({ kind: 'star' });
    else if (character === '?') steps.push({ kind: 'any' });
    else steps.push({ kind: 'one', codePoint: character.codePointAt(0) as number });
  }
  return steps;
}

/** Index of the "]" that ends the set; the first character may be one itself. -1: it does not end, and "[" is a letter. */
function endOfSet(text: readonly string[], start: number): number {
  const first = text[start + 1] === '!' ? start + 2 : start + 1;
  return text.indexOf(']', first + 1);
}

/** A "-" at either end is itself; a range from high to low holds nothing. */
function readSet(inner: readonly string[]): Step {
  const negated = inner[0] === '!';
  const members = codePoints(inner.slice(negated ? 1 : 0).join(''));
  const ranges: [number, number][] = [];
  for (let at = 0; at < members.length; at++) {
    const low = members[at] as number;
    const high = members[at + 2];
    if (members[at + 1] === 0x2d && high !== undefined) {
      ranges.push([low, high]);
      at += 2;
    } else ranges.push([low, low]);
  }
  return { kind: 'set', negated, ranges };
}

/** Millions of paths may come by: no iterator. */
function codePoints(text: string): readonly number[] {
  const found: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const codePoint = text.codePointAt(at) as number;
    if (codePoint > 0xffff) at++; // a pair of surrogates
    found.push(codePoint);
  }
  return found;
}
