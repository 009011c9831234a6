// Scalars of protobuf out of a field of the wire, packed lists of them too (protobuf.dev, Encoding).
import { exactInteger } from './digits.ts';
import type { ReadValues } from './proto-message.ts';
import type { ProtoField } from './proto-schema.ts';
import { readVarint, type WireField } from './proto-wire.ts';

const utf8 = new TextDecoder();

const varints: ReadonlyMap<string, (value: bigint) => unknown> = new Map<string, (value: bigint) => unknown>([
  ['bool', (value) => value !== 0n],
  ['int32', (value) => Number(BigInt.asIntN(32, value))],
  ['uint32', (value) => Number(BigInt.asUintN(32, value))],
  ['int64', (value) => exactInteger(BigInt.asIntN(64, value))],
  ['uint64', exactInteger],
]);

const floats: ReadonlyMap<string, { readonly width: number; readonly read: (view: DataView, at: number) => number }> =
  new Map([
    ['float', { width: 4, read: (view: DataView, at: number) => view.getFloat32(at, true) }],
    ['double', { width: 8, read: (view: DataView, at: number) => view.getFloat64(at, true) }],
  ]);

export function readScalars({ type, kind }: ProtoField, { wire, value, cut }: WireField): ReadValues {
  if (typeof value === 'bigint') {
    const read = varints.get(type);
    return { values: read === undefined ? [] : [read(value)], ended: true };
  }
  if (wire === 'bytes' && type === 'string') return { values: [utf8.decode(value)], ended: !cut };
  if (wire === 'bytes' && type === 'bytes') return { values: [value], ended: !cut };
  if (wire === 'bytes' && kind !== 'repeated') return { values: [], ended: true };
  const read = floats.has(type) ? readFloats(type, value) : wire === 'bytes' ? readVarints(type, value) : [];
  return { values: read, ended: !cut };
}

function readFloats(type: string, bytes: Uint8Array): number[] {
  const { width, read } = floats.get(type)!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / width) }, (_, index) => read(view, index * width));
}

function readVarints(type: string, bytes: Uint8Array): unknown[] {
  const read = varints.get(type);
  const values: unknown[] = [];
  let at = 0;
  while (read !== undefined && at < bytes.length) {
    const varint = readVarint(bytes, at);
    if (varint === null) break;
    values.push(read(varint.value));
    at = varint.end;
  }
  return values;
}
