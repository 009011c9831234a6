// Values as Python writes them.
import { Digits } from './digits.ts';
import type { Element } from './infer-message.ts';

/** Numbers that are Digits stay as they came; whatever JSON may hold. */
export function pythonLiteral(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof Digits) return value.text;
  if (value instanceof Uint8Array) return pythonBytes(value);
  if (Object.is(value, -0)) return '-0.0';
  if (typeof value === 'number' || typeof value === 'bigint') return pythonNumber(String(value));
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`;
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, field]) => `${pythonText(key)}: ${pythonLiteral(field)}`)
      .join(', ')}}`;
  }
  return pythonText(String(value));
}

/** One element of a tensor. */
export function pythonElement(element: Element): string {
  return typeof element === 'string' ? pythonNumber(element) : pythonLiteral(element);
}

/** Python has no word for NaN and the infinities. What is no number is quoted: the script then says so itself. */
function pythonNumber(text: string): string {
  if (/^-?(?:NaN|Inf(?:inity)?)$/.test(text)) return `float(${pythonText(text)})`;
  return /^-?\d[\d.eE+-]*$/.test(text) ? text : pythonText(text);
}

/** All but printable ASCII is escaped, so that a script is the same in any editor. JSON's escapes are Python's but beyond U+FFFF. */
export function pythonText(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll(/[^ -~]/gu, (character) => {
    const point = character.codePointAt(0)!.toString(16);
    return point.length > 4 ? `\\U${point.padStart(8, '0')}` : `\\u${point.padStart(4, '0')}`;
  });
}

function pythonBytes(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => {
    if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
    return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `b"${text.join('')}"`;
}
