// The inputs of a V2 inference request, one after the other: each is either whole and of the size that it claims, or refused.
import { cutBytesTensor } from './bytes-tensor.ts';
import { byteWidth, hasJsonForm, readDatatype } from './datatypes.ts';
import type { BinaryData, InferInput, JsonData, Parameter } from './infer-request.ts';
import { type ArrayScan, scanArray } from './json/json-array.ts';
import { scanNumber } from './json/json-number.ts';
import { malformed, readObject, skipString } from './json/json-scan.ts';
import { type JsonText, readTextAt } from './json/json-text.ts';
import { findWord, knownWords } from './json/known-word.ts';
import { noParameters, readParameter } from './read-parameters.ts';
import { countElements, readNatural, readShape } from './read-shape.ts';
import type { Refusal } from './refusal.ts';
import type { Unmergeable } from './unmergeable.ts';

const fields = knownWords(['name', 'shape', 'datatype', 'parameters', 'data']);
const shapeField = fields.find(({ text }) => text === 'shape')!;
const blobSizeName = knownWords(['binary_data_size']);

interface FieldReading {
  readonly field: (typeof fields)[number]['text'];
  readonly text: Uint8Array;
  readonly at: number;
  readonly depth: number;
}

interface BlobReading {
  readonly bytes: number;
  readonly datatype: string;
  readonly elements: number;
}

/** An input whose fields come in any order. */
interface Draft {
  seen: number;
  name: JsonText | null;
  datatype: string | null;
  readonly shape: number[];
  parameters: Map<string, Parameter> | null;
  /** binary_data_size; null: it has none. */
  blobBytes: number | null;
  array: ArrayScan | null;
}

export interface InputsReading {
  /** JSON first, then blobs; the offsets of JSON are offsets of the body. */
  readonly body: Uint8Array;
  /** Where the blobs begin; null: no Inference-Header-Content-Length, so there are none. */
  readonly blobsAt: number | null;
  readonly refusal: Refusal;
}

export class InputsReader {
  readonly inputs: InferInput[] = [];
  /** Behind the blobs of the inputs so far. */
  blobsEnd: number;
  readonly #body: Uint8Array;
  readonly #takesBlobs: boolean;
  readonly #refusal: Refusal;

  constructor({ body, blobsAt, refusal }: InputsReading) {
    this.#body = body;
    this.#takesBlobs = blobsAt !== null;
    this.#refusal = refusal;
    this.blobsEnd = blobsAt ?? body.length;
  }

  /** Reads the input at `at` and adds it to `inputs`. */
  read(text: Uint8Array, at: number, depth: number): number {
    const draft: Draft = {
      seen: 0,
      name: null,
      datatype: null,
      shape: [],
      parameters: null,
      blobBytes: null,
      array: null,
    };
    const end = readObject(text, at, {
      depth,
      field: (_text, valueAt, valueDepth, name) => {
        const field = findWord(text, name, fields);
        if (field === null) return this.#refusal.because('unknown_key');
        if ((draft.seen & field.bit) !== 0) return this.#refusal.because('duplicate_key');
        draft.seen |= field.bit;
        return this.#readField(draft, { field: field.text, text, at: valueAt, depth: valueDepth });
      },
    });
    return end === malformed ? malformed : this.#add(draft, end);
  }

  #readField(draft: Draft, { field, text, at, depth }: FieldReading): number {
    switch (field) {
      case 'name':
        draft.name = readTextAt(text, at);
        return draft.name?.end ?? malformed;
      case 'shape':
        return readShape(text, at, { depth, into: draft.shape, refusal: this.#refusal });
      case 'datatype': {
        const span = { start: at, end: skipString(text, at) };
        if (span.end === malformed) return malformed;
        draft.datatype = readDatatype(text, span);
        return draft.datatype === null ? this.#refusal.because('datatype') : span.end;
      }
      case 'parameters':
        return this.#readInputParameters(draft, { text, at, depth });
      case 'data':
        draft.array = scanArray(text, at, depth);
        return draft.array === null || draft.array.hasObjects ? malformed : draft.array.end;
    }
  }

  /** binary_data_size is kept apart: it is about this request's bytes, not about what the input means. */
  #readInputParameters(draft: Draft, { text, at, depth }: Omit<FieldReading, 'field'>): number {
    const refusal = this.#refusal;
    return readObject(text, at, {
      depth,
      field: (_text, valueAt, _depth, name) => {
        if (findWord(text, name, blobSizeName) === null) {
          draft.parameters ??= new Map();
          return readParameter(text, valueAt, { name, into: draft.parameters, refusal });
        }
        if (draft.blobBytes !== null) return refusal.because('duplicate_key');
        const end = scanNumber(text, valueAt);
        if (end === malformed || !this.#takesBlobs) return malformed;
        draft.blobBytes = readNatural(text, valueAt, end);
        return draft.blobBytes === null ? malformed : end;
      },
    });
  }

  /** @returns `end` when the draft is a whole input */
  #add(draft: Draft, end: number): number {
    const { name, datatype, shape, array, blobBytes } = draft;
    if (name === null || datatype === null || (draft.seen & shapeField.bit) === 0) return malformed;
    if ((array === null) === (blobBytes === null)) return malformed; // exactly one of both (protocol page 1.2)
    const elements = countElements(shape);
    if (shape.length === 0 || shape[0] === 0 || elements === null) return this.#refusal.because('shape');
    if (array !== null && !hasJsonForm(datatype)) return this.#refusal.because('datatype');
    const data =
      array !== null ? readJsonData(array, elements) : this.#readBlob({ bytes: blobBytes!, datatype, elements });
    if (typeof data === 'string') return this.#refusal.because(data);
    if (this.inputs.length > 0 && this.inputs[0]!.shape[0] !== shape[0]) return this.#refusal.because('unequal_rows');
    this.inputs.push({
      name: name.value,
      rawName: name.raw,
      datatype,
      shape,
      parameters: draft.parameters ?? noParameters,
      data,
    });
    return end;
  }

  #readBlob({ bytes, datatype, elements }: BlobReading): BinaryData | Unmergeable {
    const start = this.blobsEnd;
    const end = start + bytes;
    if (end > this.#body.length) return 'data_size';
    const width = byteWidth(datatype);
    const fits =
      width === 'variable'
        ? cutBytesTensor(this.#body.subarray(start, end), [elements]) !== null
        : bytes === elements * width!;
    if (!fits) return 'data_size';
    this.blobsEnd = end;
    return { encoding: 'binary', start, end };
  }
}

function readJsonData(array: ArrayScan, elements: number): JsonData | Unmergeable {
  return array.leaves === elements ? { encoding: 'json', array } : 'data_size';
}
