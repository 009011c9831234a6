// Which of a few known words a JSON string says: field names and datatypes, told from their bytes without making a string of them.
import { backslash, type Span } from './json-scan.ts';
import { decodeString } from './json-text.ts';

export interface KnownWord<Text extends string> {
  readonly text: Text;
  /** Between the quotes. */
  readonly bytes: Uint8Array;
  /** One bit per word of its list, to note in a number which were seen; a list has 31 words at most. */
  readonly bit: number;
}

export function knownWords<const Text extends string>(words: readonly Text[]): readonly KnownWord<Text>[] {
  return words.map((text, index) => ({ text, bytes: Buffer.from(text), bit: 1 << index }));
}

/** Null: another word. `span` includes the quotes; a word written with escapes is the same word. */
export function findWord<Text extends string>(
  text: Uint8Array,
  span: Span,
  words: readonly KnownWord<Text>[],
): KnownWord<Text> | null {
  const length = span.end - span.start - 2;
  for (const word of words) if (word.bytes.length === length && says(text, span.start + 1, word.bytes)) return word;
  if (!hasEscapes(text, span)) return null;
  const decoded = decodeString(text, span);
  return words.find((word) => word.text === decoded) ?? null;
}

function says(text: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i += 1) if (text[at + i] !== word[i]) return false;
  return true;
}

function hasEscapes(text: Uint8Array, { start, end }: Span): boolean {
  for (let i = start; i < end; i += 1) if (text[i] === backslash) return true;
  return false;
}
