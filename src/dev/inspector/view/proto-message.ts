// A protobuf message by its schema, read as far as it goes; fields that the schema does not know go by their number.
import { readUnknown } from './dump-fields.ts';
import { readScalars } from './proto-scalar.ts';
import type { ProtoField, ProtoSchema } from './proto-schema.ts';
import { type WireField, WireReader } from './proto-wire.ts';

export interface ReadMessage {
  /** By field names. Repeated fields are lists, maps are objects, bytes are Uint8Array, integers beyond a double Digits. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Read to its end. */
  readonly ended: boolean;
}

/** Messages of inference are four deep. */
const maxDepth = 16;

export interface MessageToRead {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** Messages around it; default 0. */
  readonly depth?: number;
}

export function readProtoMessage(schema: ProtoSchema, { type, bytes, depth = 0 }: MessageToRead): ReadMessage {
  if (depth >= maxDepth) return { fields: {}, ended: false };
  const known = schema.messages.get(type);
  const values = new FieldValues();
  const wire = new WireReader(bytes);
  let ended = true;
  for (const field of wire) {
    const meant = known?.get(field.number);
    if (meant === undefined) {
      values.add({ name: String(field.number), type: '', kind: 'single' }, readUnknown(field.value));
      continue;
    }
    const read = schema.messages.has(meant.type)
      ? readInner(schema, meant, { field, depth })
      : readScalars(meant, field);
    for (const value of read.values) values.add(meant, value);
    ended &&= read.ended;
  }
  return { fields: values.read(), ended: ended && wire.ended };
}

export interface ReadValues {
  /** None: the field is not of the wire type that the schema says. Several: a packed list. */
  readonly values: readonly unknown[];
  readonly ended: boolean;
}

interface Inner {
  readonly field: WireField;
  readonly depth: number;
}

/** A message, or an entry of a map: a message of key and value. */
function readInner(schema: ProtoSchema, { type, kind }: ProtoField, { field, depth }: Inner): ReadValues {
  if (!(field.value instanceof Uint8Array) || field.wire !== 'bytes') return { values: [], ended: true };
  if (kind !== 'map') {
    const { fields, ended } = readProtoMessage(schema, { type, bytes: field.value, depth: depth + 1 });
    return { values: [fields], ended: ended && !field.cut };
  }
  const wire = new WireReader(field.value);
  let key = '';
  let value: ReadMessage = { fields: {}, ended: true };
  for (const { number, value: bytes } of wire) {
    if (!(bytes instanceof Uint8Array)) continue;
    if (number === 1) key = Buffer.from(bytes).toString();
    if (number === 2) value = readProtoMessage(schema, { type, bytes, depth: depth + 1 });
  }
  return { values: [[key, value.fields]], ended: wire.ended && value.ended && !field.cut };
}

class FieldValues {
  readonly #single = new Map<string, unknown>();
  readonly #lists = new Map<string, unknown[]>();
  readonly #maps = new Map<string, Map<string, unknown>>();

  add({ name, kind }: ProtoField, value: unknown): void {
    if (kind === 'single')
      this.#single.set(name, value); // the last one counts
    else if (kind === 'repeated') entryOf(this.#lists, name, () => []).push(value);
    else {
      const [key, entry] = value as [string, unknown];
      entryOf(this.#maps, name, () => new Map<string, unknown>()).set(key, entry);
    }
  }

  read(): Record<string, unknown> {
    const maps = [...this.#maps].map(([name, entries]) => [name, Object.fromEntries(entries)] as const);
    return Object.fromEntries([...this.#single, ...this.#lists, ...maps]);
  }
}

function entryOf<Value>(into: Map<string, Value>, name: string, create: () => Value): Value {
  const known = into.get(name) ?? create();
  into.set(name, known);
  return known;
}
