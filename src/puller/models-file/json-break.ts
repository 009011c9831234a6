// Where does a text stop being JSON, and what would have had to stand there? JSON.parse tells it by quoting the text, which may hold secrets.
import {
  closeBracket,
  comma,
  malformed,
  openBrace,
  openBracket,
  quote,
  skipScalar,
  skipSpace,
  skipString,
} from '../../v2/json/json-scan.ts';

export interface JsonBreak {
  /** From 1. */
  readonly line: number;
  /** From 1, in bytes. */
  readonly column: number;
  readonly expected: string;
}

const colon = 0x3a;

/** @param text that JSON.parse refuses; of any other, what it says is its end */
export function findJsonBreak(text: Uint8Array): JsonBreak {
  /** The closing byte of each open array and object. */
  const open: number[] = [];
  for (let at = skipSpace(text, 0); ; ) {
    const opener = text[at];
    const opens = opener === openBracket || opener === openBrace;
    if (opens) open.push(opener + 2); // `]` is `[` + 2, and `}` is `{` + 2
    const end = opens ? at + 1 : skipJsonScalar(text, at);
    if (end === malformed) return breakAt(text, at, 'a value');
    at = skipSpace(text, end);
    if (!opens || text[at] === open.at(-1)) {
      for (; open.length > 0 && text[at] === open.at(-1); at = skipSpace(text, at + 1)) open.pop();
      const closer = open.at(-1);
      if (closer === undefined) return breakAt(text, at, 'nothing more');
      if (text[at] !== comma) return breakAt(text, at, `"," or "${String.fromCharCode(closer)}"`);
      at = skipSpace(text, at + 1);
    }
    if (open.at(-1) === closeBracket) continue;
    const value = behindName(text, at);
    if (typeof value !== 'number') return value;
    at = value;
  }
}

/** Where the value of a member begins. */
function behindName(text: Uint8Array, at: number): number | JsonBreak {
  const end = skipString(text, at);
  if (end === malformed) return breakAt(text, at, 'a name in double quotes');
  const behind = skipSpace(text, end);
  return text[behind] === colon ? skipSpace(text, behind + 1) : breakAt(text, behind, '":"');
}

/** NaN and the infinities, which skipScalar takes, are none. */
function skipJsonScalar(text: Uint8Array, at: number): number {
  if (text[at] === quote) return skipString(text, at);
  return /^-?[NI]/.test(String.fromCharCode(text[at] ?? 0, text[at + 1] ?? 0)) ? malformed : skipScalar(text, at);
}

function breakAt(text: Uint8Array, at: number, expected: string): JsonBreak {
  const before = Buffer.from(text.buffer, text.byteOffset, at).toString('latin1').split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, expected };
}
