// Bodies that hold no tensors: JSON set out for reading, other text as it is, the rest as bytes.
import { isUtf8 } from 'node:buffer';
import { malformed, skipSpace, skipValue } from '../../../v2/json/json-scan.ts';
import type { BodyView } from '../api.ts';
import { indentJson } from './indent-json.ts';

const maxTextChars = 64 * 1024;
const maxHexBytes = 512;
// What stands in no text but moves a terminal's cursor or rings its bell.
const controls = /[\0-\x08\x0e-\x1a\x1c-\x1f]/;

/** `cut`: more of it passed. `bytes` is decoded. */
export function plainView(bytes: Buffer, cut: boolean): BodyView {
  if (bytes.length === 0) return cut ? { kind: 'missing', reason: 'nothing of it was kept' } : { kind: 'empty' };
  const whole = cut ? withoutBrokenEnd(bytes) : bytes;
  const text = isUtf8(whole) ? whole.toString() : null;
  if (looksLikeJson(bytes, cut)) return jsonView(text ?? whole.toString(), cut);
  if (text === null || controls.test(text)) return binaryView(bytes);
  return { kind: 'text', text: text.slice(0, maxTextChars), cut: cut || text.length > maxTextChars };
}

export function jsonView(text: string, cut: boolean): BodyView {
  const indented = indentJson(text, maxTextChars);
  return { kind: 'json', text: indented.text, cut: cut || indented.cut };
}

/** `bytes`: how many there are here. */
function binaryView(bytes: Buffer): BodyView {
  return { kind: 'binary', hex: bytes.toString('hex', 0, maxHexBytes), bytes: bytes.length };
}

/** By what it is, since runtimes write JSON under other names. Its text need not be UTF-8: Triton writes BYTES raw. */
function looksLikeJson(bytes: Buffer, cut: boolean): boolean {
  const start = skipSpace(bytes, 0);
  if (cut) return bytes[start] === 0x7b || bytes[start] === 0x5b;
  const end = skipValue(bytes, start, 0);
  return end !== malformed && skipSpace(bytes, end) === bytes.length;
}

/** The last character may be half here. */
function withoutBrokenEnd(bytes: Buffer): Buffer {
  for (let dropped = 0; dropped < 4; dropped += 1) {
    const shorter = bytes.subarray(0, bytes.length - dropped);
    if (isUtf8(shorter)) return shorter;
  }
  return bytes;
}
