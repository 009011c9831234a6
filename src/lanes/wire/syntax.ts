// Which bytes may stand where in a head: one load from a table for each byte (RFC 9110 5.6.2, 5.5; RFC 3986), as strict as node's parser.

/** Of a token (field names, methods) its byte in lower case; 0 for any byte that no token holds. */
export const lowerToken: Uint8Array = tableOf(/[!#$%&'*+.^_`|~0-9A-Za-z-]/, (char) => char.toLowerCase().charCodeAt(0));

/** 1 for a byte of a field value or a reason phrase: HTAB, SP, visible ASCII and obs-text (0x80-0xff). */
export const isFieldValue: Uint8Array = tableOf(/[\t\x20-\x7e\x80-\xff]/);

/** 1 for a byte of an origin-form request target. A `#` is none: some runtimes would cut the path there. */
export const isTarget: Uint8Array = tableOf(/[!"\x24-\x7e]/);

/** 1 for a byte of a host and port without userinfo and without an address in brackets (RFC 3986 3.2; http/authority.ts has those). */
export const isHost: Uint8Array = tableOf(/[\w.~%!$&'()*+,;=:-]/);

export const HTAB = 9;
export const LF = 10;
export const CR = 13;
export const SP = 32;
export const SLASH = 47;
export const COLON = 58;

const maxLengthDigits = 15; // below 2^53

/** Whether `bytes[start, end)` is `lowerWord` in any case; the word is lower-case ASCII. */
export function spells(bytes: Uint8Array, start: number, end: number, lowerWord: string): boolean {
  if (end - start !== lowerWord.length) return false;
  for (let i = 0; i < lowerWord.length; i++) {
    const byte = bytes[start + i] as number;
    const lower = byte >= 65 && byte <= 90 ? byte + 32 : byte;
    if (lower !== lowerWord.charCodeAt(i)) return false;
  }
  return true;
}

/** The number that 1 to 15 decimal digits at `[start, end)` say, leading zeros allowed; -1 for anything else. */
export function readLength(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > maxLengthDigits) return -1;
  let length = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - 48;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
  }
  return length;
}

function tableOf(pattern: RegExp, entry: (char: string) => number = () => 1): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    const char = String.fromCharCode(byte);
    return pattern.test(char) ? entry(char) : 0;
  });
}
