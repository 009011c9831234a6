// The datatypes of the inference protocol that onnxruntime-node takes too: their bytes, their JSON, their ONNX name.
import { V2Error } from './v2-error.ts';

/** Typed array over the little-endian bytes (every platform of ONNX Runtime is little-endian), or the strings of BYTES. */
export type TensorData = ArrayBufferView | readonly string[];

interface NumericKind {
  readonly onnx: string;
  readonly array: { new (length: number): ArrayBufferView; new (bytes: ArrayBuffer): ArrayBufferView };
  readonly elementBytes: number;
  /** Undefined: the JSON value is no such number. */
  readonly read: (value: unknown) => number | bigint | undefined;
}

// Without FP16: where JavaScript has a Float16Array (Node 24), onnxruntime-node 1.30.0 wraps such tensors in one, which its
// own binding then takes for empty. A model that needs it is refused at load.
const NUMERIC: Readonly<Record<string, NumericKind>> = {
  BOOL: { onnx: 'bool', array: Uint8Array, elementBytes: 1, read: readBool },
  UINT8: { onnx: 'uint8', array: Uint8Array, elementBytes: 1, read: integer(0, 0xff) },
  UINT16: { onnx: 'uint16', array: Uint16Array, elementBytes: 2, read: integer(0, 0xffff) },
  UINT32: { onnx: 'uint32', array: Uint32Array, elementBytes: 4, read: integer(0, 0xffff_ffff) },
  UINT64: { onnx: 'uint64', array: BigUint64Array, elementBytes: 8, read: bigInteger(0n, 2n ** 64n - 1n) },
  INT8: { onnx: 'int8', array: Int8Array, elementBytes: 1, read: integer(-0x80, 0x7f) },
  INT16: { onnx: 'int16', array: Int16Array, elementBytes: 2, read: integer(-0x8000, 0x7fff) },
  INT32: { onnx: 'int32', array: Int32Array, elementBytes: 4, read: integer(-0x8000_0000, 0x7fff_ffff) },
  INT64: { onnx: 'int64', array: BigInt64Array, elementBytes: 8, read: bigInteger(-(2n ** 63n), 2n ** 63n - 1n) },
  FP32: { onnx: 'float32', array: Float32Array, elementBytes: 4, read: readReal },
  FP64: { onnx: 'float64', array: Float64Array, elementBytes: 8, read: readReal },
};

export const datatypes: readonly string[] = [...Object.keys(NUMERIC), 'BYTES'];

const BY_ONNX_NAME = new Map(datatypes.map((datatype) => [onnxTypeOf(datatype), datatype]));

/** Undefined: the protocol or this runtime has no word for it. */
export function datatypeOfOnnx(onnxType: string): string | undefined {
  return BY_ONNX_NAME.get(onnxType);
}

export function onnxTypeOf(datatype: string): string {
  return datatype === 'BYTES' ? 'string' : NUMERIC[datatype]!.onnx;
}

/** Bytes of one element; null for BYTES, whose elements carry their own length. */
export function elementBytesOf(datatype: string): number | null {
  return NUMERIC[datatype]?.elementBytes ?? null;
}

/** @throws V2Error 400 for a value that the datatype cannot hold exactly (floats are rounded to their width). */
export function readJsonValues(datatype: string, values: readonly unknown[], input: string): TensorData {
  if (datatype === 'BYTES')
    return values.map((value, index) => readString(value, `input '${input}', element ${index}`));
  const { array, read } = NUMERIC[datatype]!;
  const typed = new array(values.length);
  const elements = typed as unknown as (number | bigint)[];
  values.forEach((value, index) => {
    const element = read(value);
    if (element === undefined) throw new V2Error(400, `input '${input}', element ${index}: not a value of ${datatype}`);
    elements[index] = element;
  });
  return typed;
}

/** Copies: the result is aligned and does not keep the request's body alive. @throws V2Error 400 */
export function readBinaryValues(datatype: string, bytes: Uint8Array, input: string): TensorData {
  if (datatype === 'BYTES') return readLengthPrefixed(bytes, input);
  const { array, elementBytes } = NUMERIC[datatype]!;
  if (bytes.byteLength % elementBytes !== 0) {
    const found = `${bytes.byteLength} bytes are no whole number of ${datatype} elements`;
    throw new V2Error(400, `input '${input}': ${found} of ${elementBytes} bytes`);
  }
  return new array(new Uint8Array(bytes).buffer);
}

export function lengthOf(data: TensorData): number {
  return isStrings(data) ? data.length : (data as Uint8Array).length;
}

/** The text between the brackets of `data`. NaN and infinities are bare words, as Triton writes them. */
export function writeJsonValues(datatype: string, data: TensorData): string {
  if (isStrings(data)) return data.map((text) => JSON.stringify(text)).join(',');
  const elements = data as Uint8Array;
  if (datatype === 'BOOL') return Array.from(elements, (bit) => bit !== 0).join(',');
  if (datatype === 'FP32' || datatype === 'FP64') return Array.from(elements, writeReal).join(',');
  return elements.join(',');
}

/** Shares memory with `data` unless it is strings. */
export function writeBinaryValues(data: TensorData): Buffer {
  if (!isStrings(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat(
    data.flatMap((text) => {
      const bytes = Buffer.from(text);
      const prefix = Buffer.alloc(4);
      prefix.writeUInt32LE(bytes.length);
      return [prefix, bytes];
    }),
  );
}

/** One element of BYTES: the strings of ONNX models are text. @throws V2Error 400 */
export function readText(bytes: Uint8Array, where: string): string {
  return readString(readUtf8(bytes, where), where);
}

/** @throws V2Error 400 */
export function readUtf8(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new V2Error(400, `${where} is not UTF-8`, { cause });
  }
}

function isStrings(data: TensorData): data is readonly string[] {
  return Array.isArray(data);
}

function readLengthPrefixed(bytes: Uint8Array, input: string): string[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const strings: string[] = [];
  for (let at = 0; at < view.length; ) {
    const start = at + 4;
    const end = start <= view.length ? start + view.readUInt32LE(at) : Number.POSITIVE_INFINITY;
    if (end > view.length) throw new V2Error(400, `input '${input}': element ${strings.length} of BYTES is cut off`);
    strings.push(readText(view.subarray(start, end), `input '${input}', element ${strings.length}`));
    at = end;
  }
  return strings;
}

function readString(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new V2Error(400, `${where}: not a value of BYTES, expected a string`);
  // onnxruntime-node hands strings over as C strings: the rest would be lost without a word.
  if (value.includes('\0')) throw new V2Error(400, `${where}: strings with a NUL are not supported`);
  return value;
}

function readBool(value: unknown): number | undefined {
  return typeof value === 'boolean' ? Number(value) : undefined;
}

function readReal(value: unknown): number | undefined {
  if (typeof value === 'bigint') return Number(value);
  // JSON has no word for infinity: it can only come from a literal like 1e400.
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function integer(min: number, max: number): (value: unknown) => number | undefined {
  return (value) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max ? (value as number) : undefined;
}

function bigInteger(min: bigint, max: bigint): (value: unknown) => bigint | undefined {
  return (value) => {
    // An unsafe integer here was written with an exponent or a fraction: which integer was meant is not certain.
    const exact = typeof value === 'bigint' ? value : Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
    return exact !== undefined && exact >= min && exact <= max ? exact : undefined;
  };
}

function writeReal(value: number): string {
  return Object.is(value, -0) ? '-0.0' : String(value);
}
