// A tensor as an array of numpy: its real values where they are few, else zeros of its shape.
import type { InferTensor } from './infer-message.ts';
import { pythonElement, pythonLiteral } from './python-literal.ts';
import { countElements, elementsOf } from './view-tensor.ts';

const maxElements = 1024;
const maxChars = 32 * 1024;
const lineChars = 100;

const dtypes: ReadonlyMap<string, string> = new Map([
  ['BOOL', 'np.bool_'],
  ...['UINT8', 'UINT16', 'UINT32', 'UINT64', 'INT8', 'INT16', 'INT32', 'INT64'].map(
    (datatype) => [datatype, `np.${datatype.toLowerCase()}`] as const,
  ),
  ['FP16', 'np.float16'],
  ['BF16', 'ml_dtypes.bfloat16'],
  ['FP32', 'np.float32'],
  ['FP64', 'np.float64'],
  ['BYTES', 'np.object_'],
]);

export interface PythonArray {
  readonly expression: string;
  /** The values are not the real ones: that many were left out. */
  readonly leftOut: number | null;
}

/** Only for tensors that are complete. */
export function pythonArray({ datatype, shape, data }: InferTensor): PythonArray {
  const dtype = dtypes.get(datatype);
  const size = pythonLiteral(shape);
  const words = readWords(datatype, data);
  if (words !== null)
    return { expression: `np.array([${inLines(words)}], dtype=${dtype}).reshape(${size})`, leftOut: null };
  const filled = datatype === 'BYTES' ? `np.full(${size}, b"", dtype=${dtype})` : `np.zeros(${size}, dtype=${dtype})`;
  return { expression: filled, leftOut: countElements(shape) };
}

/** All values came, and they are as many as the shape says: only then can the script be the same request. */
export function isComplete({ datatype, shape, data }: InferTensor): boolean {
  if (data.kind === 'none' || !dtypes.has(datatype)) return false;
  let count = 0;
  for (const _ of elementsOf(datatype, data)) count += 1;
  return count === (shape.length === 0 ? 1 : countElements(shape));
}

function readWords(datatype: string, data: InferTensor['data']): string[] | null {
  const words: string[] = [];
  let chars = 0;
  for (const element of elementsOf(datatype, data)) {
    const word = pythonElement(element);
    chars += word.length;
    if (words.length >= maxElements || chars > maxChars) return null;
    words.push(word);
  }
  return words;
}

/** Inside brackets Python lets lines break anywhere. */
function inLines(words: readonly string[]): string {
  let line = 0;
  return words.reduce((text, word) => {
    line += word.length + 2;
    if (text === '') return word;
    if (line < lineChars) return `${text}, ${word}`;
    line = 0;
    return `${text},\n    ${word}`;
  }, '');
}
