// Header fields as text: node hands each byte on as one character, and clients write UTF-8 or Latin-1 into them.
import { isUtf8 } from 'node:buffer';
import type { HeaderBlock } from '../../http/header-block.ts';

/** Above: what one client wrote would make an event that sinks refuse, or a queue of nothing else. */
const maxAttributeCharacters = 1024;

/** `value`: as node gives it. Read as UTF-8 when it is that, else as Latin-1. */
export function readHeaderText(value: string): string {
  if (!/[\x80-\xff]/.test(value) || /[^\x00-\xff]/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}

/** A header as the value of an attribute. */
export function readAttributeText(value: string): string {
  return toAttributeText(readHeaderText(value));
}

/** What CloudEvents 1.0 (3.1, String) forbids becomes U+FFFD; 1,024 characters at the most. */
export function toAttributeText(text: string): string {
  return limit(/^[\x20-\x7e]*$/.test(text) ? text : text.toWellFormed().replace(forbidden, '\ufffd'));
}

// Control characters and noncharacters.
const forbidden = /[\x00-\x1f\x7f-\x9f]|\p{Noncharacter_Code_Point}/gu;

function limit(text: string): string {
  return text.length > maxAttributeCharacters ? withoutHalves(cutText(text, maxAttributeCharacters)) : text;
}

/** The first `end` characters, in memory of their own: a slice would hold all of the text for as long as its event waits. */
export function cutText(text: string, end: number): string {
  return Buffer.from(text.slice(0, end), 'utf16le').toString('utf16le');
}

/** A pair of surrogates may have been cut in two. */
function withoutHalves(text: string): string {
  return text.isWellFormed() ? text : text.slice(0, -1);
}

/** All fields of that lower-case name, combined as RFC 9110 5.3 allows; null: there is none. */
export function combineFields(headers: HeaderBlock, name: string): string | null {
  return headers.get(name) === undefined ? null : valuesOf(headers.write([]), name).join(', ');
}

/** `flat`: [name, value, name, value, …] in wire order. `name`: lower case. */
export function valuesOf(flat: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i]!.length === name.length && flat[i]!.toLowerCase() === name) values.push(flat[i + 1] as string);
  }
  return values;
}
