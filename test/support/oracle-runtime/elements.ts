// One element of a tensor, as it came: a lexeme of the JSON (latin1) or its bytes; and the other form where an answer needs it.
import { RuntimeFault } from './runtime-fault.ts';

export type Element = string | Buffer;

/** Bytes of one element; BYTES has none. OIP inference_rest.md, and BF16 as in its proto. */
export const elementBytes: Readonly<Record<string, number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  BF16: 2,
  FP32: 4,
  FP64: 8,
};

/** @throws RuntimeFault with the words of Triton's parser */
export function checkLexeme(datatype: string, text: string, input: string): void {
  const cannot = (why: string) => new RuntimeFault(500, `Unable to parse 'data': attempt to access JSON ${why}`);
  if (datatype === 'FP16' || datatype === 'BF16') {
    const advice = `Please use the binary data format for input ${input}`;
    throw new RuntimeFault(400, `receiving ${datatype} data via JSON is not supported. ${advice}`);
  }
  if (datatype === 'BYTES' && !text.startsWith('"')) throw cannot('non-string as string');
  if (datatype === 'BOOL' && !/^(true|false)$/.test(text)) throw cannot('non-boolean as boolean');
  if (datatype.startsWith('INT') && !/^-?\d+$/.test(text)) throw cannot('non-signed-integer as signed-integer');
  if (datatype.startsWith('UINT') && !/^\d+$/.test(text)) throw cannot('non-unsigned-integer as unsigned-integer');
  if (datatype.startsWith('FP') && !/^-?[\dNI]/.test(text)) throw cannot('non-number as number');
}

export function numberOf(datatype: string, element: Element): number {
  if (typeof element === 'string') return Number(element.replace(/Inf(inity)?$/, 'Infinity'));
  if (datatype === 'FP32') return element.readFloatLE();
  if (datatype === 'FP64') return element.readDoubleLE();
  if (datatype === 'INT32') return element.readInt32LE();
  throw new RuntimeFault(400, `no number of ${datatype}`);
}

/** Element as it stands in an answer's JSON; -0 keeps its sign, NaN is bare as with Triton. */
export function lexemeOf(datatype: string, element: Element): string {
  if (typeof element === 'string') return element;
  if (datatype === 'BYTES') return `"${element.toString('latin1').replaceAll(/["\\]/g, '\\$&')}"`;
  if (datatype === 'BOOL') return element[0] === 0 ? 'false' : 'true';
  if (datatype === 'INT64') return String(element.readBigInt64LE());
  const number = numberOf(datatype, element);
  return Object.is(number, -0) ? '-0.0' : String(number);
}

/** Little-endian; BYTES with its length in front. */
export function bytesOf(datatype: string, element: Element): Buffer {
  if (datatype === 'BYTES') {
    const text = typeof element === 'string' ? Buffer.from(JSON.parse(fromLatin1(element)) as string) : element;
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    return Buffer.concat([length, text]);
  }
  if (typeof element !== 'string') return element;
  const bytes = Buffer.alloc(elementBytes[datatype] ?? 0);
  if (datatype === 'FP32') bytes.writeFloatLE(numberOf(datatype, element));
  else if (datatype === 'FP64') bytes.writeDoubleLE(numberOf(datatype, element));
  else if (datatype === 'BOOL') bytes[0] = element === 'true' ? 1 : 0;
  else if (bytes.length === 8) bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(element)));
  else bytes.writeUIntLE(Number(BigInt.asUintN(bytes.length * 8, BigInt(element))), 0, bytes.length);
  return bytes;
}

const fromLatin1 = (text: string): string => Buffer.from(text, 'latin1').toString();
