// JSON as Triton's parser takes it (rapidjson), each value with its own text: what an oracle compares must not be rounded.
// Texts are latin1: one character a byte, so that bytes which are no UTF-8 stay what they are.
import { RuntimeFault } from './runtime-fault.ts';

export type Json =
  | { readonly kind: 'leaf'; readonly text: string } // a string with its quotes, a number, NaN, true, null
  | { readonly kind: 'list'; readonly text: string; readonly items: readonly Json[] }
  | {
      readonly kind: 'object';
      readonly text: string;
      readonly fields: readonly (readonly [name: string, value: Json])[];
    };

const space = /[ \t\r\n]*/y;
const string = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const word = /-?(?:NaN|Inf(?:inity)?)|true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const loneSurrogate =
  /\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]/;
const maxDepth = 100;

/** @throws RuntimeFault 500, as Triton does for whatever is no JSON */
export function readJson(text: string): Json {
  const reader = { text, at: 0 };
  const value = readValue(reader, 0);
  take(reader, space);
  if (reader.at !== text.length) throw unreadable(reader.at);
  return value;
}

/** The first of that name: rapidjson's rule. */
export function fieldOf(json: Json, name: string): Json | undefined {
  return json.kind === 'object' ? json.fields.find(([given]) => given === name)?.[1] : undefined;
}

/** All values that are no lists, row-major. */
export function leavesOf(json: Json): string[] {
  if (json.kind === 'object') throw new RuntimeFault(500, "Unable to parse 'data': an object");
  return json.kind === 'leaf' ? [json.text] : json.items.flatMap(leavesOf);
}

/** What a JSON string stands for. @throws RuntimeFault 500 for anything else */
export function stringOf(json: Json | undefined, what: string): string {
  if (json?.kind !== 'leaf' || !json.text.startsWith('"')) throw new RuntimeFault(500, `Unable to parse '${what}'`);
  return decoded(json.text);
}

const decoded = (text: string): string => JSON.parse(Buffer.from(text, 'latin1').toString()) as string;

interface Reader {
  readonly text: string;
  at: number;
}

function unreadable(at: number): RuntimeFault {
  return new RuntimeFault(500, `failed to parse the request JSON buffer: Invalid value. at ${at}`);
}

function take(reader: Reader, pattern: RegExp): string | null {
  pattern.lastIndex = reader.at;
  const [found] = pattern.exec(reader.text) ?? [];
  if (found === undefined) return null;
  reader.at += found.length;
  return found;
}

function readValue(reader: Reader, depth: number): Json {
  if (depth > maxDepth) throw unreadable(reader.at);
  take(reader, space);
  const first = reader.text[reader.at];
  if (first === '{' || first === '[') return readContainer(reader, depth, first);
  return { kind: 'leaf', text: first === '"' ? readString(reader) : readWord(reader) };
}

function readString(reader: Reader): string {
  const text = take(reader, string);
  if (text === null || loneSurrogate.test(text)) throw unreadable(reader.at);
  return text;
}

function readWord(reader: Reader): string {
  const text = take(reader, word);
  if (text === null) throw unreadable(reader.at);
  if (/\d/.test(text) && !Number.isFinite(Number(text)))
    throw new RuntimeFault(500, `failed to parse the request JSON buffer: Number too big. at ${reader.at}`);
  return text;
}

function readContainer(reader: Reader, depth: number, opener: '{' | '['): Json {
  const from = reader.at;
  const items: Json[] = [];
  const fields: [string, Json][] = [];
  const closer = opener === '{' ? '}' : ']';
  reader.at += 1;
  take(reader, space);
  for (let more = reader.text[reader.at] !== closer; more; ) {
    take(reader, space);
    if (opener === '[') items.push(readValue(reader, depth + 1));
    else {
      const name = decoded(readString(reader));
      take(reader, space);
      if (reader.text[reader.at++] !== ':') throw unreadable(reader.at);
      fields.push([name, readValue(reader, depth + 1)]);
    }
    take(reader, space);
    more = reader.text[reader.at] === ',';
    if (more) reader.at += 1;
  }
  if (reader.text[reader.at++] !== closer) throw unreadable(reader.at);
  const text = reader.text.slice(from, reader.at);
  return opener === '[' ? { kind: 'list', text, items } : { kind: 'object', text, fields };
}
