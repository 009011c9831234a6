// The datatypes of tensors (OIP inference_rest.md; BF16 is in the comments of its proto file): how wide an element is.
import type { Span } from './json/json-scan.ts';
import { findWord, knownWords } from './json/known-word.ts';

const widths = new Map<string, number | 'variable'>([
  ['BOOL', 1],
  ['UINT8', 1],
  ['UINT16', 2],
  ['UINT32', 4],
  ['UINT64', 8],
  ['INT8', 1],
  ['INT16', 2],
  ['INT32', 4],
  ['INT64', 8],
  ['FP16', 2],
  ['BF16', 2],
  ['FP32', 4],
  ['FP64', 8],
  ['BYTES', 'variable'],
]);

const words = knownWords([...widths.keys()]);

/** Bytes of one element in a blob; 'variable': elements carry their own length (bytes-tensor.ts); null: no datatype. */
export function byteWidth(datatype: string): number | 'variable' | null {
  return widths.get(datatype) ?? null;
}

/** Half floats have no JSON form: runtimes refuse them there (protocol page 2). */
export function hasJsonForm(datatype: string): boolean {
  return datatype !== 'FP16' && datatype !== 'BF16';
}

/** The datatype that a JSON string names, quotes included in `span`; null: none. */
export function readDatatype(text: Uint8Array, span: Span): string | null {
  return findWord(text, span, words)?.text ?? null;
}
