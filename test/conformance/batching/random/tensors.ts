// One random V2 input of so many rows: as JSON, flat or nested, with white space wherever it may stand, or as bytes.
import { below, chance, many, pick, type Random } from './dice.ts';

/** What all requests of one kind have in common of an input. */
export interface InputKind {
  readonly name: string;
  readonly datatype: string;
  /** Dimensions behind the rows. */
  readonly inner: readonly number[];
  readonly encoding: 'json' | 'binary';
}

export interface WrittenInput {
  readonly name: string;
  readonly text: string;
  readonly bytes: Buffer | null;
}

const lexemes: Readonly<Record<string, readonly string[]>> = {
  FP32: ['1', '1.0', '-0.0', '-0', '1e-45', '0.10000000149011612', 'NaN', '-Infinity', 'Infinity', '3E+2', '12345678'],
  FP64: ['0.1', '1e308', '5e-324', '2.2250738585072014e-308', '-0', '9007199254740993', '1E2', '0.30000000000000004'],
  INT32: ['0', '-1', '2147483647', '-2147483648', '7'],
  INT64: ['9007199254740993', '-9223372036854775808', '9223372036854775807', '0', '-1'],
  UINT64: ['18446744073709551615', '0', '9007199254740993'],
  UINT8: ['0', '255', '7'],
  BOOL: ['true', 'false'],
  BYTES: ['"a"', '"é"', '""', '"q\\"[],\\\\"', '"\\u0000"', '"\\ud83d\\ude00"', '"日本"', '"]"', '"{\\"data\\":[1]}"'],
};
/** What the runtime refuses: the whole call is an error then. */
const faulty: Readonly<Record<string, string>> = { INT32: '1.5', INT64: '1e2', BOOL: '1', BYTES: '1', UINT8: '-1' };
const faultShare = 0.004;
/** The element that the oracle's models cannot serve. */
const poison = '666';
const poisonShare = 0.004;

const widths: Readonly<Record<string, number>> = {
  FP16: 2,
  FP32: 4,
  FP64: 8,
  INT32: 4,
  INT64: 8,
  UINT64: 8,
  UINT8: 1,
  BOOL: 1,
};

export const jsonDatatypes = Object.keys(lexemes);
export const binaryDatatypes = [...Object.keys(widths), 'BYTES'];

export function randomInput(random: Random, kind: InputKind, rows: number): WrittenInput {
  const shape = [rows, ...kind.inner];
  const count = shape.reduce((product, dimension) => product * dimension, 1);
  const { name, datatype } = kind;
  const bytes = kind.encoding === 'binary' ? randomBytes(random, datatype, count) : null;
  const data = bytes === null ? ['data', jsonData(random, datatype, shape)] : ['parameters', sizeOf(random, bytes)];
  const fields = [['name', `"${name}"`], ['shape', `[${shape}]`], ['datatype', `"${datatype}"`], data];
  const space = blank(random);
  // The order of the keys is the sender's, and it is no part of what is asked.
  const ordered = chance(random, 0.3) ? fields.reverse() : fields;
  return { name, bytes, text: `{${space}${ordered.map(([key, value]) => `"${key}":${space}${value}`)}${space}}` };
}

/** Now and then a byte more than there is. */
function sizeOf(random: Random, bytes: Buffer): string {
  return `{"binary_data_size":${bytes.length + (chance(random, 0.003) ? 1 : 0)}}`;
}

export const blank = (random: Random): string => pick(random, ['', '', '', '', ' ', '\n  ', '\t', '\r\n']);

function jsonData(random: Random, datatype: string, shape: readonly number[]): string {
  const count = shape.reduce((product, dimension) => product * dimension, 1);
  const leaves = many(count, () => lexeme(random, datatype));
  const space = blank(random);
  return chance(random, 0.5) ? `[${space}${leaves.join(`${space},`)}${space}]` : nested(leaves, shape, space);
}

function lexeme(random: Random, datatype: string): string {
  if (chance(random, faultShare)) return faulty[datatype] ?? poison;
  if (datatype === 'FP32' && chance(random, poisonShare)) return poison;
  return pick(random, lexemes[datatype] as readonly string[]);
}

function nested(leaves: readonly string[], [dimension = 0, ...inner]: readonly number[], space: string): string {
  if (inner.length === 0) return `[${leaves.join(`,${space}`)}]`;
  const each = leaves.length / dimension;
  return `[${space}${many(dimension, (at) => nested(leaves.slice(at * each, (at + 1) * each), inner, space)).join(`${space},`)}]`;
}

function randomBytes(random: Random, datatype: string, count: number): Buffer {
  if (datatype === 'BYTES') return Buffer.concat(many(count, () => counted(randomText(random))));
  if (datatype === 'BOOL') return Buffer.from(many(count, () => below(random, 2)));
  return Buffer.from(many(count * (widths[datatype] as number), () => below(random, 256)));
}

/** Mostly what can be written as JSON: an oracle that is asked for JSON of other bytes writes what nobody can read. */
function randomText(random: Random): Buffer {
  const any = chance(random, 0.05);
  return Buffer.from(many(below(random, 6), () => (any ? below(random, 256) : 32 + below(random, 95))));
}

function counted(text: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text]);
}
