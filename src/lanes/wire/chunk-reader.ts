// A chunked body as it comes, in any pieces: its data as views, its trailers, and where it ends (RFC 9112 7.1).
import { COLON, CR, HTAB, isFieldValue, LF, lowerToken, SP } from './syntax.ts';

/** Bytes of one chunk's extensions, as node:http bounds them; they are dropped. */
export const maxChunkExtensionBytes = 16_384;

export interface ChunkReaderLimits {
  /** Of the whole trailer section, its lines with their CRLF. */
  readonly maxTrailerBytes: number;
}

/** The body is not in the one form that all recipients read alike. */
export class ChunkError extends Error {
  override readonly name = 'ChunkError';
  /** To be put behind "the chunked body has …". */
  readonly reason: string;

  constructor(reason: string) {
    super(`the chunked body has ${reason}`);
    this.reason = reason;
  }
}

// What the next byte is. States of extensions are those of llhttp, less what the grammar forbids (RFC 9112 7.1.1).
const sizeStart = 0;
const size = 1;
const sizeLf = 2;
const data = 3;
const dataCr = 4;
const dataLf = 5;
const extensionNameStart = 6;
const extensionName = 7;
const extensionValueStart = 8;
const extensionValue = 9;
const quoted = 10;
const quotedPair = 11;
const quotedEnd = 12;
const trailerStart = 13;
const trailerName = 14;
const trailerValueStart = 15;
const trailerValue = 16;
const trailerLf = 17;
const lastLf = 18;
const over = 19;

const quote = 0x22;
const semicolon = 0x3b;
const equals = 0x3d;
const backslash = 0x5c;

/** 15 hexadecimal digits are more than a number holds exactly. */
const maxSizeDigits = 15;

/** node's parser refuses them here as well; other fields are judged by http/trailers.ts. */
const framing = new Set(['content-length', 'transfer-encoding']);

export class ChunkReader {
  readonly #maxTrailerBytes: number;
  readonly #trailers: string[] = [];
  #state = sizeStart;
  #left = 0; // of this chunk's data
  #digits = 0;
  #extensionBytes = 0;
  #trailerBytes = 0;
  #text = ''; // of the trailer name or value that is being read

  constructor({ maxTrailerBytes }: ChunkReaderLimits) {
    this.#maxTrailerBytes = maxTrailerBytes;
  }

  /** The whole body was read, with its trailers. */
  get done(): boolean {
    return this.#state === over;
  }

  /** Flat [name, value, …] as received, without whitespace around the values; whole when `done`. */
  get trailers(): readonly string[] {
    return this.#trailers;
  }

  /**
   * Reads on from `start`, and gives the data of this piece in views of `bytes`, never empty ones. Returns `end`, or where the
   * body ends: what stands there belongs to the next message.
   * @throws ChunkError
   */
  read(bytes: Buffer, start: number, end: number, onData: (chunk: Buffer) => void): number {
    let at = start;
    while (at < end && this.#state !== over) {
      if (this.#state !== data) {
        this.#step(bytes[at++] as number);
        continue;
      }
      const from = at;
      at = Math.min(end, from + this.#left);
      this.#left -= at - from;
      if (this.#left === 0) this.#state = dataCr;
      onData(bytes.subarray(from, at));
    }
    return at;
  }

  #step(byte: number): void {
    if (this.#state >= trailerStart) this.#trailerStep(byte);
    else if (this.#state >= extensionNameStart) this.#extensionStep(byte);
    else this.#state = this.#frameStep(byte);
  }

  #frameStep(byte: number): number {
    switch (this.#state) {
      case sizeStart:
        this.#left = 0;
        this.#digits = 0;
        this.#extensionBytes = 0;
        return this.#sizeDigit(byte);
      case size:
        if (byte === CR) return sizeLf;
        if (byte === semicolon) return extensionNameStart;
        return this.#sizeDigit(byte);
      case sizeLf:
        expect(byte, LF, 'no LF behind the CR of a chunk size');
        return this.#left === 0 ? trailerStart : data;
      case dataCr:
        expect(byte, CR, 'no CRLF behind the data of a chunk');
        return dataLf;
      default: // dataLf
        expect(byte, LF, 'no CRLF behind the data of a chunk');
        return sizeStart;
    }
  }

  #sizeDigit(byte: number): number {
    const value = hexValue(byte);
    if (value < 0) throw new ChunkError('a size that is no plain hexadecimal number');
    this.#left = this.#left * 16 + value;
    if (this.#left > 0) this.#digits += 1; // zeros in front of it may be many
    if (this.#digits > maxSizeDigits || this.#left > Number.MAX_SAFE_INTEGER) throw new ChunkError('a size too large');
    return size;
  }

  #extensionStep(byte: number): void {
    if (byte === CR && endsExtension(this.#state)) {
      this.#state = sizeLf;
      return;
    }
    if (++this.#extensionBytes > maxChunkExtensionBytes) throw new ChunkError('extensions too long');
    this.#state = extensionNext(this.#state, byte);
  }

  #trailerStep(byte: number): void {
    if (++this.#trailerBytes > this.#maxTrailerBytes) throw new ChunkError('trailers too long');
    switch (this.#state) {
      case trailerStart:
        if (byte === CR) this.#state = lastLf;
        else this.#trailerNameByte(byte);
        return;
      case trailerName:
        if (byte === COLON) this.#endName();
        else this.#trailerNameByte(byte);
        return;
      case trailerValueStart:
        if (byte !== SP && byte !== HTAB) this.#trailerValueByte(byte);
        return;
      case trailerValue:
        this.#trailerValueByte(byte);
        return;
      case trailerLf:
        expect(byte, LF, 'a bare CR in a trailer');
        this.#state = trailerStart;
        return;
      default: // lastLf
        expect(byte, LF, 'no CRLF at its end');
        this.#state = over;
    }
  }

  #trailerNameByte(byte: number): void {
    if (!isToken(byte)) throw new ChunkError('a trailer whose name is no token');
    this.#text += String.fromCharCode(byte);
    this.#state = trailerName;
  }

  #endName(): void {
    if (framing.has(this.#text.toLowerCase())) throw new ChunkError('a trailer that would frame the message');
    this.#trailers.push(this.#text);
    this.#text = '';
    this.#state = trailerValueStart;
  }

  #trailerValueByte(byte: number): void {
    if (byte === CR) {
      this.#trailers.push(this.#text.replace(/[\t ]+$/, ''));
      this.#text = '';
      this.#state = trailerLf;
      return;
    }
    if (!isValue(byte)) throw new ChunkError('a trailer whose value holds a control character');
    this.#text += String.fromCharCode(byte);
    this.#state = trailerValue;
  }
}

function expect(byte: number, expected: number, reason: string): void {
  if (byte !== expected) throw new ChunkError(reason);
}

function isToken(byte: number): boolean {
  return lowerToken[byte] !== 0;
}

function isValue(byte: number): boolean {
  return isFieldValue[byte] === 1;
}

/** -1: not a hexadecimal digit. */
function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function endsExtension(state: number): boolean {
  return state === extensionName || state === extensionValue || state === quotedEnd;
}

/** `;name`, `;name=token` or `;name="quoted"`, without whitespace, which llhttp takes nowhere here. */
function extensionNext(state: number, byte: number): number {
  switch (state) {
    case quoted:
      if (byte === quote) return quotedEnd;
      if (byte === backslash) return quotedPair;
      if (isValue(byte)) return quoted;
      break;
    case quotedPair:
      if (isValue(byte)) return quoted;
      break;
    case extensionValueStart:
      if (byte === quote) return quoted;
      if (isToken(byte)) return extensionValue;
      break;
    case extensionNameStart:
      if (isToken(byte)) return extensionName;
      break;
    default: // behind at least one byte of a name, of a value, or behind a quoted one
      if (byte === semicolon) return extensionNameStart;
      if (byte === equals && state === extensionName) return extensionValueStart;
      if (state !== quotedEnd && isToken(byte)) return state;
  }
  throw new ChunkError('an extension that is not well-formed');
}
