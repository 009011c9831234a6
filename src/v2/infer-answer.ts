// A V2 answer as the batcher sees it: where its id and its outputs stand. Its text stays the runtime's.
import { type AnswerOutput, readOutput } from './answer-output.ts';
import { comma, isSpace, malformed, readArray, readObject, type Span, skipSpace, skipValue } from './json/json-scan.ts';
import { findWord, knownWords } from './json/known-word.ts';
import { skipOther } from './other-arrays.ts';
import { readNatural } from './read-shape.ts';

interface AnswerId {
  readonly value: Span;
  /** Its name, its value and one comma: what goes when the id goes. */
  readonly field: Span;
}

export interface InferAnswer {
  /** JSON first, then blobs. Read-only. */
  readonly body: Uint8Array;
  readonly headerBytes: number;
  /** The offset behind the opening brace. */
  readonly firstKey: number;
  readonly id: AnswerId | null;
  /** In the order of the answer; never empty, no name twice. */
  readonly outputs: readonly AnswerOutput[];
  /** Of arrays in fields beside them (other-arrays.ts). */
  readonly otherLengths: readonly number[];
}

const fields = knownWords(['id', 'outputs']);

/**
 * `headerLength` is the Inference-Header-Content-Length. Bare NaN and bytes that are no UTF-8 pass, since Triton writes them.
 * @returns null when it is no V2 answer, or not one whose rows can be told apart
 */
export function readInferAnswer(body: Uint8Array, headerLength: string | undefined): InferAnswer | null {
  const headerBytes = headerLength === undefined ? body.length : readLength(headerLength);
  if (headerBytes === null || headerBytes > body.length) return null;
  const text = body.subarray(0, headerBytes);
  const start = skipSpace(text, 0);
  const reader = new AnswerReader(headerBytes);
  const end = readObject(text, start, {
    depth: 0,
    field: (_text, at, depth, name) => reader.readField(text, { at, depth, name }),
  });
  if (end === malformed || skipSpace(text, end) !== headerBytes) return null;
  const { outputs, blobsEnd, id, otherLengths } = reader;
  if (outputs.length === 0 || blobsEnd !== body.length) return null;
  return { body, headerBytes, firstKey: start + 1, id, outputs, otherLengths };
}

interface FieldPlace {
  readonly at: number;
  readonly depth: number;
  readonly name: Span;
}

class AnswerReader {
  readonly outputs: AnswerOutput[] = [];
  readonly otherLengths: number[] = [];
  id: AnswerId | null = null;
  /** Behind the blobs of the outputs so far. */
  blobsEnd: number;
  readonly #names = new Set<string>();
  #seen = 0;

  constructor(headerBytes: number) {
    this.blobsEnd = headerBytes;
  }

  readField(text: Uint8Array, { at, depth, name }: FieldPlace): number {
    const field = findWord(text, name, fields);
    if (field === null) return skipOther(text, { at, depth, lengths: this.otherLengths });
    if ((this.#seen & field.bit) !== 0) return malformed;
    this.#seen |= field.bit;
    if (field.text === 'outputs') {
      return readArray(text, at, { depth, element: (_text, from, level) => this.#readOutput(text, from, level) });
    }
    const end = skipValue(text, at, depth);
    this.id = { value: { start: at, end }, field: withOneComma(text, { start: name.start, end }) };
    return end;
  }

  #readOutput(text: Uint8Array, at: number, depth: number): number {
    const read = readOutput(text, { at, depth, blobStart: this.blobsEnd });
    if (read === null || this.#names.has(read.output.name)) return malformed;
    this.#names.add(read.output.name);
    this.outputs.push(read.output);
    if (read.output.data.encoding === 'binary') this.blobsEnd = read.output.data.end;
    return read.end;
  }
}

/** The comma behind a field, and the space up to the next one; for the last field the comma before it. */
function withOneComma(text: Uint8Array, { start, end }: Span): Span {
  const behind = skipSpace(text, end);
  if (text[behind] === comma) return { start, end: skipSpace(text, behind + 1) };
  let before = start;
  while (isSpace(text[before - 1])) before -= 1;
  return text[before - 1] === comma ? { start: before - 1, end } : { start, end };
}

function readLength(headerLength: string): number | null {
  return /^\d{1,10}$/.test(headerLength) ? readNatural(Buffer.from(headerLength), 0, headerLength.length) : null;
}
