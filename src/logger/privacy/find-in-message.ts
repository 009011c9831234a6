// The secrets of one JSON document that may be a V2 message: those at the paths of rules, and the data of secret tensors.
import {
  malformed,
  openBrace,
  openBracket,
  quote,
  readArray,
  readObject,
  type Span,
  skipValue,
} from '../../v2/json/json-scan.ts';
import { findWord, knownWords } from '../../v2/json/known-word.ts';
import { readNatural } from '../../v2/read-shape.ts';
import { SecretFinder, type Value } from './find-secrets.ts';
import type { SecretRules } from './secret-rules.ts';

/** A tensor's bytes behind the JSON of a V2 message; they stand there in the order of this list. */
export interface TensorBlob {
  readonly bytes: number;
  readonly isSecret: boolean;
  /** Elements with their lengths in front: datatype BYTES. */
  readonly hasLengths: boolean;
}

export interface MessageSearch {
  readonly rules: SecretRules;
  /** Where spans are put (find-secrets.ts). */
  readonly into: Span[];
  /** Where blobs are put; null: the message is all JSON. With blobs, no field that tells of them may come twice. */
  readonly blobs: TensorBlob[] | null;
}

const lists = knownWords(['inputs', 'outputs']);
const fields = knownWords(['name', 'datatype', 'parameters', 'data']);
const bytesDatatype = knownWords(['BYTES']);
const sizeParameter = knownWords(['binary_data_size']);

/** The offset behind the document at `at`, or `malformed`. */
export function findInMessage(text: Uint8Array, at: number, search: MessageSearch): number {
  const { root, tensors } = search.rules;
  const hasTensors = tensors.length > 0 || search.blobs !== null;
  if (hasTensors && text[at] === openBrace) return new MessageReader(text, search).read(at);
  return new SecretFinder(text, search.into).find({ at, depth: 0, place: root });
}

interface MessagePart extends Value {
  /** All of it is a secret, or is part of one. */
  readonly isSecret: boolean;
}

interface Draft {
  seen: number;
  isSecret: boolean;
  hasLengths: boolean;
  size: number | null;
  /** Of `data`; all of them when it comes twice. */
  readonly data: Span[];
}

class MessageReader {
  readonly #text: Uint8Array;
  readonly #search: MessageSearch;
  readonly #finder: SecretFinder;
  #seen = 0;

  constructor(text: Uint8Array, search: MessageSearch) {
    this.#text = text;
    this.#search = search;
    this.#finder = new SecretFinder(text, search.into);
  }

  read(at: number): number {
    const { root } = this.#search.rules;
    const isSecret = root?.isSecret === true;
    const end = readObject(this.#text, at, {
      depth: 0,
      field: (text, valueAt, depth, name) => {
        const place = root?.member(text, name) ?? null;
        const list = findWord(text, name, lists);
        if (list !== null && !this.#isNew(list.bit)) return malformed;
        if (list === null || text[valueAt] !== openBracket) return this.#finder.find({ at: valueAt, depth, place });
        return this.#readList({ at: valueAt, depth, place, isSecret: isSecret || place?.isSecret === true });
      },
    });
    return this.#note({ at, depth: 0, place: root }, end);
  }

  /** Of two lists of inputs, whose are the blobs? */
  #isNew(bit: number): boolean {
    const seen = (this.#seen & bit) !== 0;
    this.#seen |= bit;
    return !seen || this.#search.blobs === null;
  }

  #readList(list: MessagePart): number {
    let index = 0;
    const end = readArray(this.#text, list.at, {
      depth: list.depth,
      element: (_text, at, depth) => {
        const place = list.place?.element(index++) ?? null;
        return this.#readTensor({ at, depth, place, isSecret: list.isSecret || place?.isSecret === true });
      },
    });
    return this.#note(list, end);
  }

  #readTensor(tensor: MessagePart): number {
    const { at, depth, place } = tensor;
    const { into, blobs } = this.#search;
    if (this.#text[at] !== openBrace) return this.#finder.find({ at, depth, place });
    const draft: Draft = { seen: 0, isSecret: false, hasLengths: false, size: null, data: [] };
    const end = readObject(this.#text, at, {
      depth,
      field: (text, start, below, name) => {
        const behind = this.#finder.find({ at: start, depth: below, place: place?.member(text, name) ?? null });
        if (behind === malformed) return malformed;
        return this.#readField(draft, name, { start, end: behind }) ? behind : malformed;
      },
    });
    if (end === malformed) return malformed;
    if (draft.isSecret) for (const data of draft.data) into.push(data);
    if (blobs !== null && draft.size !== null) {
      // A blob is the data that would stand in JSON: who asks for something of that asks for all of it.
      const isSecret = draft.isSecret || tensor.isSecret || (place?.at('data') ?? null) !== null;
      blobs.push({ bytes: draft.size, isSecret, hasLengths: draft.hasLengths });
    }
    return this.#note(tensor, end);
  }

  /** False: it cannot be told which bytes are the tensor's. */
  #readField(draft: Draft, name: Span, value: Span): boolean {
    const text = this.#text;
    const field = findWord(text, name, fields);
    if (field === null) return true;
    const again = (draft.seen & field.bit) !== 0;
    draft.seen |= field.bit;
    const isText = text[value.start] === quote;
    if (field.text === 'data') draft.data.push(value);
    if (field.text === 'name' && isText && findWord(text, value, this.#search.rules.tensors) !== null) {
      draft.isSecret = true;
    }
    if (this.#search.blobs === null) return true;
    if (field.text === 'datatype') draft.hasLengths = isText && findWord(text, value, bytesDatatype) !== null;
    return !again && (field.text !== 'parameters' || this.#readSize(draft, value));
  }

  #readSize(draft: Draft, { start }: Span): boolean {
    if (this.#text[start] !== openBrace) return true; // KServe writes null
    const end = readObject(this.#text, start, {
      depth: 0, // it was read before, at its own depth
      field: (text, at, depth, name) => {
        const behind = skipValue(text, at, depth);
        if (findWord(text, name, sizeParameter) === null) return behind;
        const size = draft.size === null ? readNatural(text, at, behind) : null;
        draft.size = size;
        return size === null ? malformed : behind;
      },
    });
    return end !== malformed;
  }

  #note({ at, place }: Value, end: number): number {
    if (end !== malformed && place?.isSecret === true) this.#search.into.push({ start: at, end });
    return end;
  }
}
