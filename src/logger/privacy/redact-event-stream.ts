// A stream of events (HTML Living Standard 9.2, text/event-stream) without the secrets in the JSON of its data lines.
import type { Span } from '../../v2/json/json-scan.ts';
import { findInDocuments, type Redacted, redactedText, unreadable } from './redact-json.ts';
import type { SecretRules } from './secret-rules.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const colon = 0x3a;
const space = 0x20;
/** Fields that steer the client, and comments, which hold its connection open. */
const harmless = new Set(['', 'event', 'id', 'retry']);
/** The end of a stream in OpenAI's API: the one data line that is no JSON. */
const done = '[DONE]';

/** A document over several data lines is none that can be read: each line must be JSON. */
export function redactEventStream(text: Uint8Array, rules: SecretRules): Redacted {
  const into: Span[] = [];
  for (let start = 0; start < text.length; ) {
    const end = lineEnd(text, start);
    if (end > start && !readLine(text.subarray(0, end), start, { rules, into })) return unreadable;
    start = end + 1; // the line feed of CRLF is an empty line then
  }
  return redactedText(text, into);
}

interface LineSearch {
  readonly rules: SecretRules;
  readonly into: Span[];
}

/** Reads the line from `start` to the text's end. */
function readLine(text: Uint8Array, start: number, search: LineSearch): boolean {
  const mark = text.indexOf(colon, start);
  const nameEnd = mark === -1 ? text.length : mark;
  const name = ascii(text, start, nameEnd);
  if (name !== 'data') return harmless.has(name);
  const valueAt = text[nameEnd + 1] === space ? nameEnd + 2 : nameEnd + 1;
  if (valueAt >= text.length || ascii(text, valueAt, text.length).trimEnd() === done) return true;
  return findInDocuments(text, valueAt, search);
}

/** Of a few bytes at most, since longer texts are none that are looked for. */
function ascii(text: Uint8Array, start: number, end: number): string {
  return end - start > 8 ? 'long' : String.fromCharCode(...text.subarray(start, end));
}

function lineEnd(text: Uint8Array, start: number): number {
  let end = start;
  while (end < text.length && text[end] !== lineFeed && text[end] !== carriageReturn) end += 1;
  return end;
}
