// What the fields of one answer say about its framing and its connection, and which of them go on to the client.
import { OutriggerError } from '../../errors.ts';
import { FlatHeaderBlock, type HeaderBlock } from '../../http/header-block.ts';
import { readConnectionOptions, withoutFields } from '../../http/hop-by-hop.ts';
import type { FieldLine } from './field-line.ts';
import { readLength, SP, spells } from './syntax.ts';
import { WireFields } from './wire-fields.ts';

export class ResponseFields {
  readonly #bytes: Buffer;
  readonly #spaceAt: number;
  readonly #runs: number[] = []; // from, to, from, to, …: what goes on, in pieces as long as possible
  #contentLength: number | null = null;
  #chunked = false;
  #connection: string | null = null; // all Connection fields, as one list
  #connectionOptions: readonly string[] | null = null;
  #keepAlive: string | null = null;

  /** `spaceAt` is where some space is in `bytes`: it is put behind colons that have none. */
  constructor(bytes: Buffer, spaceAt: number) {
    this.#bytes = bytes;
    this.#spaceAt = spaceAt;
  }

  get contentLength(): number | null {
    return this.#contentLength;
  }

  get chunked(): boolean {
    return this.#chunked;
  }

  /**
   * The next field, in wire order, with the blanks behind its value (framing that needs a trim is refused), judged as http/response-head.ts does.
   * @throws OutriggerError UPSTREAM_PROTOCOL_ERROR for framing that has two readings
   */
  add(line: FieldLine): void {
    switch (line.role(this.#bytes)) {
      case 'drop':
        this.#readDropped(line);
        return;
      case 'upgrade':
      case 'te':
        return;
      case 'connection': {
        const value = line.value(this.#bytes);
        this.#connection = joined(this.#connection, value);
        this.#connectionOptions = readConnectionOptions(value, this.#connectionOptions);
        return;
      }
      case 'content-length':
        this.#readContentLength(line);
        break;
      case 'transfer-encoding':
        this.#readTransferEncoding(line);
        return;
      default:
        break;
    }
    this.#keep(line);
  }

  /** Those that do not end at this hop. */
  block(): HeaderBlock {
    const runs = this.#runs;
    let length = 0;
    for (let i = 0; i < runs.length; i += 2) length += (runs[i + 1] as number) - (runs[i] as number);
    const lines = Buffer.allocUnsafe(length);
    let at = 0;
    for (let i = 0; i < runs.length; i += 2) at += this.#bytes.copy(lines, at, runs[i], runs[i + 1]);
    const fields = new WireFields(lines);
    if (this.#connectionOptions === null) return fields;
    return new FlatHeaderBlock(withoutFields(fields.write([]), this.#connectionOptions));
  }

  /**
   * RFC 9112 9.3. `http10`: HTTP/1.0, which closes unless it says otherwise, and whose chunks may have passed somebody who does
   * not know them (RFC 9112 6.1).
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

  #readContentLength({ valueStart, end }: FieldLine): void {
    const length = readLength(this.#bytes, valueStart, end);
    if (this.#chunked || this.#contentLength !== null || length < 0) throw ambiguous('Content-Length');
    this.#contentLength = length;
  }

  #readTransferEncoding({ valueStart, end }: FieldLine): void {
    const chunked = spells(this.#bytes, valueStart, end, 'chunked');
    if (this.#chunked || this.#contentLength !== null || !chunked) throw ambiguous('Transfer-Encoding');
    this.#chunked = true;
  }

  #readDropped(line: FieldLine): void {
    if (line.nameSpells(this.#bytes, 'keep-alive')) {
      this.#keepAlive = joined(this.#keepAlive, line.value(this.#bytes));
    } else if (line.nameSpells(this.#bytes, 'proxy-connection')) {
      this.#connection = joined(this.#connection, line.value(this.#bytes)); // node's and undici's parser takes it for Connection
    }
  }

  /** As `name: value CRLF` with one space, however many blanks there are; blanks behind the value stay, as undici leaves them. */
  #keep({ nameStart, nameEnd, valueStart, end }: FieldLine): void {
    const behindColon = nameEnd + 1;
    const lineEnd = end + 2;
    if (valueStart === behindColon + 1 && this.#bytes[behindColon] === SP) {
      this.#addRun(nameStart, lineEnd);
      return;
    }
    this.#addRun(nameStart, behindColon);
    this.#addRun(this.#spaceAt, this.#spaceAt + 1);
    this.#addRun(valueStart, lineEnd);
  }

  #addRun(from: number, to: number): void {
    const runs = this.#runs;
    if (runs.length > 0 && runs[runs.length - 1] === from) runs[runs.length - 1] = to;
    else runs.push(from, to);
  }
}

function joined(list: string | null, value: string): string {
  return list === null ? value : `${list},${value}`;
}

function isListed(list: string, option: string): boolean {
  if (list.length === option.length) return list.toLowerCase() === option;
  return list.split(',').some((candidate) => candidate.trim().toLowerCase() === option);
}

function ambiguous(what: string): OutriggerError {
  return new OutriggerError('UPSTREAM_PROTOCOL_ERROR', `the runtime's answer has unusable framing: ${what}`);
}
