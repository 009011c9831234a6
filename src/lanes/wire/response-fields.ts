// What the fields of one answer say about its framing and its connection, and which of them go on to the client.
import { OutriggerError } from '../../errors.ts';
import { FlatHeaderBlock, type HeaderBlock } from '../../http/header-block.ts';
import { type FieldRole, fieldRole, readConnectionOptions, withoutFields } from '../../http/hop-by-hop.ts';
import { readLength, spells } from './syntax.ts';

/** Lengths of the names that have a role in an answer (http/hop-by-hop.ts): most fields need no further look. */
const roleLengths = new Set(
  [
    'te',
    'upgrade',
    'connection', // and keep-alive
    'content-length', // and http2-settings
    'proxy-connection',
    'transfer-encoding',
    'proxy-authenticate',
    'proxy-authorization',
    'proxy-authentication-info',
  ].map((name) => name.length),
);

/** Positions of one field line. */
export interface FieldLine {
  readonly start: number;
  readonly nameEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

export class ResponseFields {
  readonly #bytes: Buffer;
  readonly #flat: string[] = [];
  #contentLength: number | null = null;
  #chunked = false;
  #connection: string | null = null; // all Connection fields, as one list
  #connectionOptions: readonly string[] | null = null;
  #keepAlive: string | null = null;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get contentLength(): number | null {
    return this.#contentLength;
  }

  get chunked(): boolean {
    return this.#chunked;
  }

  /** The next field, in wire order. @throws OutriggerError UPSTREAM_PROTOCOL_ERROR for framing that has two readings */
  add({ start, nameEnd, valueStart, valueEnd }: FieldLine): void {
    const bytes = this.#bytes;
    switch (this.#roleOf(start, nameEnd)) {
      case 'drop':
        if (spells(bytes, start, nameEnd, 'keep-alive'))
          this.#addKeepAlive(bytes.toString('latin1', valueStart, valueEnd));
        return;
      case 'upgrade':
      case 'te':
        return;
      case 'connection':
        this.#addConnection(bytes.toString('latin1', valueStart, valueEnd));
        return;
      case 'content-length':
        if (this.#chunked || this.#contentLength !== null) throw ambiguous('Content-Length');
        this.#contentLength = readLength(bytes, valueStart, valueEnd);
        if (this.#contentLength < 0) throw ambiguous('Content-Length');
        break;
      case 'transfer-encoding':
        if (this.#chunked || this.#contentLength !== null) throw ambiguous('Transfer-Encoding');
        if (!spells(bytes, valueStart, valueEnd, 'chunked')) throw ambiguous('Transfer-Encoding');
        this.#chunked = true;
        return;
      default:
        break;
    }
    this.#flat.push(bytes.toString('latin1', start, nameEnd), bytes.toString('latin1', valueStart, valueEnd));
  }

  /** Those that do not end at this hop. */
  block(): HeaderBlock {
    const flat = this.#flat;
    return new FlatHeaderBlock(this.#connectionOptions === null ? flat : withoutFields(flat, this.#connectionOptions));
  }

  /**
   * RFC 9112 9.3. `http10`: HTTP/1.0, which closes unless it says otherwise, and whose chunks may have been made by somebody on
   * the way that does not know them (RFC 9112 6.1).
   */
  keepsAlive(http10: boolean): boolean {
    const connection = this.#connection;
    if (connection === null) return !http10;
    if (isListed(connection, 'close')) return false;
    return !http10 || (!this.#chunked && isListed(connection, 'keep-alive'));
  }

  /** What `Keep-Alive: timeout=` says, as undici reads it; null when it says nothing. */
  get idleTimeoutMs(): number | null {
    const seconds = this.#keepAlive === null ? undefined : /(?:^|,)[\t ]*timeout=(\d+)/i.exec(this.#keepAlive)?.[1];
    return seconds === undefined ? null : Number(seconds) * 1000;
  }

  #roleOf(start: number, nameEnd: number): FieldRole | undefined {
    if (!roleLengths.has(nameEnd - start)) return undefined;
    if (spells(this.#bytes, start, nameEnd, 'content-length')) return 'content-length';
    return fieldRole(this.#bytes.toString('latin1', start, nameEnd).toLowerCase());
  }

  #addConnection(value: string): void {
    this.#connection = this.#connection === null ? value : `${this.#connection},${value}`;
    this.#connectionOptions = readConnectionOptions(value, this.#connectionOptions);
  }

  #addKeepAlive(value: string): void {
    this.#keepAlive = this.#keepAlive === null ? value : `${this.#keepAlive},${value}`;
  }
}

function isListed(list: string, option: string): boolean {
  return list.split(',').some((candidate) => candidate.trim().toLowerCase() === option);
}

function ambiguous(what: string): OutriggerError {
  return new OutriggerError('UPSTREAM_PROTOCOL_ERROR', `the runtime's answer has unusable framing: ${what}`);
}
