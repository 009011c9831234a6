// A protobuf message of which nothing is known: its field numbers, with the values that its bytes most likely mean.
import { isUtf8 } from 'node:buffer';
import { exactInteger } from './digits.ts';
import { WireReader } from './proto-wire.ts';

const maxDepth = 8;
/** Of one message; more are not looked at. */
const maxFields = 1024;
const controls = /[\0-\x08\x0b-\x1f]/;

/** Null: it is no message. Values of fields that come more than once are lists. */
export function dumpFields(bytes: Uint8Array, depth = 0): Readonly<Record<string, unknown>> | null {
  if (depth >= maxDepth) return null;
  const fields = new Map<string, unknown[]>();
  const wire = new WireReader(bytes);
  let count = 0;
  for (const { number, value } of wire) {
    const values = fields.get(String(number)) ?? [];
    fields.set(String(number), values);
    values.push(readUnknown(value, depth));
    count += 1;
    if (count > maxFields) return null;
  }
  if (!wire.ended) return null;
  return Object.fromEntries([...fields].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}

/** Text sooner than a message, since short texts often happen to be messages too. */
export function readUnknown(bytes: bigint | Uint8Array, depth = 0): unknown {
  if (typeof bytes === 'bigint') return exactInteger(bytes);
  if (isUtf8(bytes)) {
    const text = Buffer.from(bytes).toString();
    if (!controls.test(text)) return text;
  }
  return dumpFields(bytes, depth + 1) ?? bytes;
}
