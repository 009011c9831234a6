// Elements of a tensor's bytes: little endian, row-major, BYTES with a length before each (protocol: tensor data of V2).
import { byteWidth } from '../../../v2/datatypes.ts';
import type { Element } from './infer-message.ts';

type Reader = (view: DataView, at: number) => Element;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['BOOL', (view, at) => view.getUint8(at) !== 0],
  ['UINT8', (view, at) => view.getUint8(at)],
  ['UINT16', (view, at) => view.getUint16(at, true)],
  ['UINT32', (view, at) => view.getUint32(at, true)],
  ['UINT64', (view, at) => view.getBigUint64(at, true)],
  ['INT8', (view, at) => view.getInt8(at)],
  ['INT16', (view, at) => view.getInt16(at, true)],
  ['INT32', (view, at) => view.getInt32(at, true)],
  ['INT64', (view, at) => view.getBigInt64(at, true)],
  ['FP16', (view, at) => readHalf(view.getUint16(at, true))],
  ['BF16', readBrainFloat],
  ['FP32', (view, at) => view.getFloat32(at, true)],
  ['FP64', (view, at) => view.getFloat64(at, true)],
]);

/** Whole elements only; none for a datatype that the protocol does not know. */
export function* rawElements(datatype: string, bytes: Uint8Array): Generator<Element> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (datatype === 'BYTES') {
    yield* lengthPrefixed(bytes, view);
    return;
  }
  const width = byteWidth(datatype);
  const read = readers.get(datatype);
  if (read === undefined || typeof width !== 'number') return;
  for (let at = 0; at + width <= view.byteLength; at += width) yield read(view, at);
}

function* lengthPrefixed(bytes: Uint8Array, view: DataView): Generator<Uint8Array> {
  for (let at = 0; at + 4 <= view.byteLength; ) {
    const end = at + 4 + view.getUint32(at, true);
    if (end > view.byteLength) return;
    yield bytes.subarray(at + 4, end);
    at = end;
  }
}

/** IEEE 754 binary16: Node 22 has no Float16Array. */
function readHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The upper half of a binary32. */
function readBrainFloat(view: DataView, at: number): number {
  const whole = new DataView(new ArrayBuffer(4));
  whole.setUint16(0, view.getUint16(at, true));
  return whole.getFloat32(0);
}
