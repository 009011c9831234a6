// One output of a V2 answer: what it is, and where its first dimension, its size and its data stand.
import { type ArrayScan, scanArray } from './json/json-array.ts';
import {
  malformed,
  openBrace,
  openBracket,
  readArray,
  readObject,
  type Span,
  skipString,
  skipValue,
} from './json/json-scan.ts';
import { readText } from './json/json-text.ts';
import { findWord, knownWords } from './json/known-word.ts';
import { readNatural } from './read-shape.ts';

interface AnswerJson {
  readonly encoding: 'json';
  readonly array: ArrayScan;
}

/** Offsets into the body. */
export interface AnswerBinary extends Span {
  readonly encoding: 'binary';
  /** The digits of binary_data_size. */
  readonly sizeText: Span;
}

export interface AnswerOutput {
  readonly name: string;
  /** Whatever the runtime calls it. */
  readonly datatype: string;
  /** Rank >= 1. */
  readonly shape: readonly number[];
  /** The digits of shape[0]. */
  readonly rowsText: Span;
  readonly data: AnswerJson | AnswerBinary;
  /** Parameters whose value is an array: MLServer has one element for each row there. */
  readonly lists: readonly ArrayScan[];
}

export interface OutputPlace {
  readonly at: number;
  readonly depth: number;
  /** Where its blob begins, if it has one. */
  readonly blobStart: number;
}

export interface ReadOutput {
  readonly output: AnswerOutput;
  /** Behind its closing brace. */
  readonly end: number;
}

const fields = knownWords(['name', 'shape', 'datatype', 'parameters', 'data']);
const parameterFields = knownWords(['binary_data_size']);

interface Draft {
  seen: number;
  name: string | null;
  datatype: string | null;
  readonly shape: number[];
  rowsText: Span | null;
  sizeBytes: number;
  sizeText: Span | null;
  array: ArrayScan | null;
  readonly lists: ArrayScan[];
}

/** Null: not an output with a name, a datatype, a first dimension, and either data or a binary_data_size. */
export function readOutput(text: Uint8Array, { at, depth, blobStart }: OutputPlace): ReadOutput | null {
  const draft: Draft = {
    seen: 0,
    name: null,
    datatype: null,
    shape: [],
    rowsText: null,
    sizeBytes: 0,
    sizeText: null,
    array: null,
    lists: [],
  };
  const end = readObject(text, at, {
    depth,
    field: (_text, valueAt, valueDepth, name) => readField(draft, text, { at: valueAt, depth: valueDepth, name }),
  });
  const { name, datatype, shape, rowsText, lists } = draft;
  const data = dataOf(draft, blobStart);
  if (end === malformed || name === null || datatype === null || rowsText === null || data === null) return null;
  return { output: { name, datatype, shape, rowsText, data, lists }, end };
}

function dataOf({ array, sizeText, sizeBytes }: Draft, blobStart: number): AnswerJson | AnswerBinary | null {
  if (array !== null) return sizeText === null ? { encoding: 'json', array } : null;
  if (sizeText === null) return null;
  return { encoding: 'binary', start: blobStart, end: blobStart + sizeBytes, sizeText };
}

interface FieldPlace {
  readonly at: number;
  readonly depth: number;
  readonly name: Span;
}

function readField(draft: Draft, text: Uint8Array, { at, depth, name }: FieldPlace): number {
  const field = findWord(text, name, fields);
  if (field === null) return skipValue(text, at, depth);
  if ((draft.seen & field.bit) !== 0) return malformed; // clients differ in which one they take
  draft.seen |= field.bit;
  switch (field.text) {
    case 'name':
    case 'datatype': {
      const span = { start: at, end: skipString(text, at) };
      const value = span.end === malformed ? null : readText(text, span);
      if (value === null) return malformed;
      draft[field.text] = value.value;
      return span.end;
    }
    case 'shape':
      return readArray(text, at, {
        depth,
        element: (_text, from, level) => readDimension(draft, text, { at: from, depth: level }),
      });
    case 'parameters':
      if (text[at] !== openBrace) return skipValue(text, at, depth); // KServe writes null
      return readObject(text, at, {
        depth,
        field: (_text, valueAt, valueDepth, parameter) =>
          readParameter(draft, text, { at: valueAt, depth: valueDepth, name: parameter }),
      });
    case 'data':
      draft.array = scanArray(text, at, depth);
      return draft.array?.end ?? malformed;
  }
}

function readDimension(draft: Draft, text: Uint8Array, { at, depth }: Omit<FieldPlace, 'name'>): number {
  const end = skipValue(text, at, depth);
  const dimension = end === malformed ? null : readNatural(text, at, end);
  if (dimension === null) return malformed;
  draft.rowsText ??= { start: at, end };
  draft.shape.push(dimension);
  return end;
}

function readParameter(draft: Draft, text: Uint8Array, { at, depth, name }: FieldPlace): number {
  if (text[at] === openBracket) {
    const list = scanArray(text, at, depth);
    if (list !== null) draft.lists.push(list);
    return list?.end ?? malformed;
  }
  const end = skipValue(text, at, depth);
  if (end === malformed || findWord(text, name, parameterFields) === null) return end;
  const size = readNatural(text, at, end);
  if (size === null || draft.sizeText !== null) return malformed;
  draft.sizeBytes = size;
  draft.sizeText = { start: at, end };
  return end;
}
