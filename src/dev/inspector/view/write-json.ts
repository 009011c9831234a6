// Decoded messages as JSON text for reading: 64-bit integers and floats by their own digits, bytes as text or 0x….
import { Digits } from './digits.ts';
import { elementText } from './element-text.ts';

export function writeJson(value: unknown): string {
  if (value instanceof Digits) return value.text;
  if (value instanceof Uint8Array) return JSON.stringify(elementText('BYTES', value));
  if (typeof value === 'number' || typeof value === 'bigint') return String(value); // NaN too
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}:${writeJson(field)}`);
    return `{${fields.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
