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
  #close = false;
  #persistent = false; // HTTP/1.0 asks for it by name
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
      case 'connection':
        if (!this.#readPersistence(line)) {
          this.#connectionOptions = readConnectionOptions(line.value(this.#bytes), this.#connectionOptions);
        }
        return;
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
    if (this.#close) return false;
    return !http10 || (this.#persistent && !this.#chunked);
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
      const value = line.value(this.#bytes);
      this.#keepAlive = this.#keepAlive === null ? value : `${this.#keepAlive},${value}`;
    } else if (line.nameSpells(this.#bytes, 'proxy-connection')) {
      this.#readPersistence(line); // node's and undici's parser takes it for Connection
    }
  }

  /** Of a Connection field. True: that was all that it says. */
  #readPersistence(line: FieldLine): boolean {
    const alone = line.valueSpells(this.#bytes, 'keep-alive');
    if (alone) this.#persistent = true;
    else {
      for (const option of line.value(this.#bytes).toLowerCase().split(',')) {
        if (option.trim() === 'close') this.#close = true;
        else if (option.trim() === 'keep-alive') this.#persistent = true;
      }
    }
    return alone;
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

function ambiguous(what: string): OutriggerError {
  return new OutriggerError('UPSTREAM_PROTOCOL_ERROR', `the runtime's answer has unusable framing: ${what}`);
}
