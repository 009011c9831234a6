// V2 over HTTP: the JSON of an inference request or answer, and the blobs behind it (OIP inference_rest.md and its binary
// extension). What is cut or broken is read up to there.

import { readInferencePath } from '../../../v2/infer-path.ts';
import { scanArray } from '../../../v2/json/json-array.ts';
import { malformed, readArray, readObject, type Span, skipSpace, skipValue } from '../../../v2/json/json-scan.ts';
import type { TensorHead } from '../api.ts';
import { readExactJson } from './digits.ts';
import { type InferMessage, type InferTensor, maxRank, maxTensors } from './infer-message.ts';
import { fieldOf, type MessagePart } from './message-part.ts';

/** Larger values beside the tensors are not shown: a configuration in a parameter, say. */
const maxAsideBytes = 16 * 1024;
const utf8 = new TextDecoder();

interface Draft {
  name: string;
  datatype: string;
  shape: readonly number[];
  parameters: Record<string, unknown> | null;
  /** Of `data`; its end is the text's where it is cut. */
  data: Span | null;
}

interface InferJsonOptions {
  readonly side: 'request' | 'response';
  /** Inference-Header-Content-Length as received. */
  readonly headerLength: string | undefined;
}

/** `bytes`: decoded. Null: it is no inference (metadata names tensors too), or its JSON names none. Never throws. */
export function readInferBody(
  { path, side, headers }: Omit<MessagePart, 'body'>,
  bytes: Uint8Array,
): InferMessage | null {
  if (readInferencePath(path)?.protocol !== 'v2') return null;
  return readInferJson(bytes, { side, headerLength: fieldOf(headers, 'inference-header-content-length') });
}

/** Null: its JSON names no tensors. Never throws. */
function readInferJson(body: Uint8Array, { side, headerLength }: InferJsonOptions): InferMessage | null {
  const headerBytes = readHeaderBytes(headerLength, body.length);
  const text = body.subarray(0, headerBytes);
  const about = new Map<string, unknown>();
  const drafts: Draft[] = [];
  const tensorsField = side === 'request' ? 'inputs' : 'outputs';
  const end = readObject(text, skipSpace(text, 0), {
    depth: 0,
    field: (_text, at, depth, name) => {
      const key = String(readValue(text, name));
      if (key === tensorsField) {
        return readArray(text, at, {
          depth,
          element: (_text, from, level) => readTensor(text, { at: from, depth: level }, drafts),
        });
      }
      const valueEnd = skipValue(text, at, depth);
      if (valueEnd !== malformed) about.set(key, readValue(text, { start: at, end: valueEnd }));
      return valueEnd;
    },
  });
  if (drafts.length === 0) return null;
  const tensors = withBlobs(drafts, { text, blobs: body.subarray(headerBytes) });
  const ended = end !== malformed && skipSpace(text, end) === text.length;
  return { about: Object.fromEntries(about), tensors: tensors.slice(0, maxTensors), ended };
}

export function headsOf({ tensors }: Pick<InferMessage, 'tensors'>): TensorHead[] {
  return tensors.map(({ name, datatype, shape }) => ({ name, datatype, shape }));
}

/** All of the body when the field is absent, or says what cannot be. */
function readHeaderBytes(field: string | undefined, bodyBytes: number): number {
  const bytes = /^\d{1,10}$/.test(field ?? '') ? Number(field) : bodyBytes;
  return Math.min(bytes, bodyBytes);
}

interface Place {
  readonly at: number;
  readonly depth: number;
}

/** The draft is among the others from its start, so that a cut one is too. */
function readTensor(text: Uint8Array, { at, depth }: Place, drafts: Draft[]): number {
  const draft: Draft = { name: '', datatype: '', shape: [], parameters: null, data: null };
  if (drafts.length <= maxTensors) drafts.push(draft);
  return readObject(text, at, {
    depth,
    field: (_text, valueAt, level, name) => {
      const key = readValue(text, name);
      if (key !== 'data') {
        const end = skipValue(text, valueAt, level);
        if (end !== malformed) setField(draft, key, readValue(text, { start: valueAt, end }));
        return end;
      }
      const end = scanArray(text, valueAt, level)?.end ?? skipValue(text, valueAt, level);
      draft.data = { start: valueAt, end: end === malformed ? text.length : end };
      return end;
    },
  });
}

function setField(draft: Draft, key: unknown, value: unknown): void {
  if (key === 'name' || key === 'datatype') draft[key] = String(value);
  if (key === 'shape') draft.shape = readShape(value);
  if (key === 'parameters' && typeof value === 'object') draft.parameters = value as Record<string, unknown> | null;
}

function readShape(value: unknown): readonly number[] {
  const sizes = Array.isArray(value) && value.length <= maxRank ? (value as unknown[]) : [];
  return sizes.every((size) => Number.isSafeInteger(size)) ? (sizes as number[]) : [];
}

/** One of small size; else how large it is. */
function readValue(text: Uint8Array, { start, end }: Span): unknown {
  if (end - start > maxAsideBytes) return `(${end - start} bytes)`;
  const value = utf8.decode(text.subarray(start, end));
  try {
    return readExactJson(value);
  } catch {
    return value; // NaN and the like, which runtimes write though JSON has no word for it
  }
}

/** Blobs follow in the order of the tensors that have a binary_data_size. */
function withBlobs(drafts: readonly Draft[], { text, blobs }: { text: Uint8Array; blobs: Uint8Array }): InferTensor[] {
  let used = 0;
  return drafts.map(({ data, ...tensor }) => {
    if (data !== null) return { ...tensor, data: { kind: 'json', text: text.subarray(data.start, data.end) } };
    const bytes = tensor.parameters?.binary_data_size;
    if (!Number.isSafeInteger(bytes) || (bytes as number) < 0) return { ...tensor, data: { kind: 'none' } };
    const start = used;
    used += bytes as number;
    return { ...tensor, data: { kind: 'raw', bytes: blobs.subarray(start, used) } };
  });
}
