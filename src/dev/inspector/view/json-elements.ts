// Elements of a tensor's `data` in JSON, nested or flat: its leaves in order, numbers as they were written.
import { malformed, openBrace, openBracket, quote, skipString, skipValue } from '../../../v2/json/json-scan.ts';
import type { Element } from './infer-message.ts';

const closeBracket = 0x5d;
const comma = 0x2c;
const utf8 = new TextDecoder();

/** `text` begins with the opening bracket and may end early: then the value that it ends in is left out, as it may go on. */
export function* jsonElements(text: Uint8Array): Generator<Element> {
  let open = 0;
  for (let i = 0; i < text.length; ) {
    const byte = text[i]!;
    if (byte === openBracket) open += 1;
    if (byte === closeBracket) {
      open -= 1;
      if (open === 0) return;
    }
    if (byte <= 0x20 || byte === comma || byte === openBracket || byte === closeBracket) {
      i += 1;
      continue;
    }
    const end = byte === quote ? skipString(text, i) : byte === openBrace ? skipValue(text, i, 0) : skipWord(text, i);
    if (end === malformed || end === text.length) return;
    yield readLeaf(text.subarray(i, end));
    i = end;
  }
}

function skipWord(text: Uint8Array, start: number): number {
  let end = start;
  while (end < text.length && text[end]! > 0x20 && text[end] !== comma && text[end] !== closeBracket) end += 1;
  return end;
}

function readLeaf(leaf: Uint8Array): Element {
  const text = utf8.decode(leaf);
  if (text === 'true' || text === 'false') return text === 'true';
  if (leaf[0] !== quote) return text;
  try {
    return Buffer.from(JSON.parse(text) as string);
  } catch {
    return leaf.subarray(1, -1); // an escape that JSON does not have
  }
}
