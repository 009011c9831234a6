// A tensor as a person looks at it: its first values, how many there are, and between which numbers they lie.
import type { TensorView } from '../api.ts';
import { elementNumber, elementText } from './element-text.ts';
import type { Element, InferTensor, TensorData } from './infer-message.ts';
import { jsonElements } from './json-elements.ts';
import { rawElements } from './raw-elements.ts';

const maxValues = 256;

/** All that came, in order. */
export function elementsOf(datatype: string, data: TensorData): Iterable<Element> {
  if (data.kind === 'json') return jsonElements(data.text);
  if (data.kind === 'raw') return rawElements(datatype, data.bytes);
  return data.kind === 'contents' ? data.elements : [];
}

export function viewTensor({ name, datatype, shape, parameters, data }: InferTensor): TensorView {
  const values: string[] = [];
  const range = new Range();
  let found = 0;
  for (const element of elementsOf(datatype, data)) {
    found += 1;
    if (values.length < maxValues) values.push(elementText(datatype, element));
    range.add(elementNumber(element));
  }
  const elements = countElements(shape) ?? found;
  return { name, datatype, shape, parameters, values, elements, range: range.read() };
}

/** Null: no shape, or none that has a size. (A scalar has none either: it is counted.) */
export function countElements(shape: readonly number[]): number | null {
  if (shape.length === 0 || shape.some((size) => size < 0)) return null;
  const product = shape.reduce((elements, size) => elements * size, 1);
  return Number.isSafeInteger(product) ? product : null;
}

class Range {
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #sum = 0;
  #count = 0;

  /** NaN and the infinities do not count: no picture could be drawn with them. */
  add(value: number | null): void {
    if (value === null || !Number.isFinite(value)) return;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    this.#sum += value;
    this.#count += 1;
  }

  read(): TensorView['range'] {
    if (this.#count === 0) return null;
    // A sum of large numbers may be beyond a double, which JSON has no word for.
    const mean = Number.isFinite(this.#sum) ? this.#sum / this.#count : this.#min / 2 + this.#max / 2;
    return { min: this.#min, max: this.#max, mean };
  }
}
