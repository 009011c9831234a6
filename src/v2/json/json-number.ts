// A number of JSON (RFC 8259 6): its last byte is found and its grammar checked; its value is nobody's business here.

const minus = 0x2d;
const plus = 0x2b;
const dot = 0x2e;
const zero = 0x30;
const nine = 0x39;

/** The offset behind the number at `at`, whatever follows it; -1 when there is none. `1e400` and 30 digits are numbers. */
export function scanNumber(text: Uint8Array, at: number): number {
  let i = text[at] === minus ? at + 1 : at;
  if (text[i] === zero) i += 1;
  else {
    const digits = skipDigits(text, i);
    if (digits === i) return -1;
    i = digits;
  }
  if (text[i] === dot) {
    const digits = skipDigits(text, i + 1);
    if (digits === i + 1) return -1;
    i = digits;
  }
  const sign = text[i];
  if (sign !== 0x65 && sign !== 0x45) return i;
  i += text[i + 1] === plus || text[i + 1] === minus ? 2 : 1;
  const digits = skipDigits(text, i);
  return digits === i ? -1 : digits;
}

function skipDigits(text: Uint8Array, at: number): number {
  let i = at;
  for (;;) {
    const byte = text[i];
    if (byte === undefined || byte < zero || byte > nine) return i;
    i += 1;
  }
}
