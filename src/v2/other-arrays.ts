// Fields of an answer that the protocol does not speak of: an array as long as the batch may hold something for each row.
import { scanArray } from './json/json-array.ts';
import { openBrace, readObject, skipValue } from './json/json-scan.ts';

export interface OtherField {
  readonly at: number;
  readonly depth: number;
  /** Takes the length of the value when it is an array, or of the arrays directly inside when it is an object. */
  readonly lengths: number[];
}

/** The offset behind the value, or `malformed`. */
export function skipOther(text: Uint8Array, { at, depth, lengths }: OtherField): number {
  if (text[at] === openBrace) {
    return readObject(text, at, {
      depth,
      field: (_text, from, level) => skipArray(text, { at: from, depth: level, lengths }),
    });
  }
  return skipArray(text, { at, depth, lengths });
}

function skipArray(text: Uint8Array, { at, depth, lengths }: OtherField): number {
  const array = scanArray(text, at, depth);
  if (array === null) return skipValue(text, at, depth);
  lengths.push(array.elements);
  return array.end;
}
