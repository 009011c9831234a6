// One message of HTTP/1.1 after another as bytes come, in the strict form that the agent writes: is it complete, and is its body its own?
import type { Identity } from './identity.ts';

/** What a head says, to the one who knows what it should. */
export interface MessageHead {
  /** Start line and fields, as received. */
  readonly text: string;
}

export interface FeedParts {
  /** Null: the body is kept as text instead. Called once for each message. */
  identityOf(head: MessageHead): Identity | null;
  /** By its head no body follows; 1xx are told by themselves. */
  bodyless(head: MessageHead): boolean;
  /** Without framing a body reaches to the end of the connection (answers), or there is none (requests). */
  readonly unframed: 'to the end' | 'none';
}

const maxKeptText = 4096;

export class MessageFeed {
  head: MessageHead | null = null;
  complete = false;
  bodyBytes = 0;
  /** Of a body without identity. */
  text = '';
  trailers = '';
  interims: string[] = [];
  /** The first thing that no strict recipient takes, or a byte that is not its own. */
  wrong: string | null = null;
  readonly #parts: FeedParts;
  #rest: Buffer = Buffer.alloc(0);
  #identity: Identity | null = null;
  #framing: 'length' | 'chunks' | 'end' = 'length';
  #left = 0; // of the body, or of a chunk
  #chunk: 'size' | 'data' | 'line end' | 'trailers' = 'size';

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  /** Bytes behind the end of a complete message, or of a part that is not complete yet. */
  get unread(): Buffer {
    return this.#rest;
  }

  get begun(): boolean {
    return this.head !== null || this.#rest.length > 0;
  }

  push(bytes: Buffer): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    while (!this.complete && this.wrong === null && this.#step());
  }

  /** The next message; what was read behind this one is its beginning. */
  next(): MessageFeed {
    const next = new MessageFeed(this.#parts);
    next.push(this.#rest);
    return next;
  }

  /** The connection ended: so does a body that reaches to its end. */
  end(): void {
    if (this.head !== null && this.#framing === 'end') this.complete = true;
  }

  #step(): boolean {
    if (this.head === null) return this.#readHead();
    if (this.#framing === 'chunks' && this.#chunk !== 'data') return this.#readLine();
    if (this.#rest.length === 0) return false;
    const taken = this.#framing === 'end' ? this.#rest.length : Math.min(this.#left, this.#rest.length);
    this.#takeBody(this.#rest.subarray(0, taken));
    this.#rest = this.#rest.subarray(taken);
    this.#left -= taken;
    if (this.#framing === 'length') this.complete = this.#left === 0;
    else if (this.#framing === 'chunks' && this.#left === 0) this.#chunk = 'line end';
    return true;
  }

  #takeBody(bytes: Buffer): void {
    if (this.#identity === null) this.text = (this.text + bytes.toString('latin1')).slice(0, maxKeptText);
    else if (!this.#identity.matches(this.bodyBytes, bytes)) {
      this.wrong = `foreign bytes at ${this.bodyBytes} of a body: ${bytes.toString('latin1', 0, 60)}`;
    }
    this.bodyBytes += bytes.length;
  }

  #readHead(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const head = { text: this.#rest.toString('latin1', 0, end + 2) };
    this.#rest = this.#rest.subarray(end + 4);
    if (!/^(HTTP\/1\.1 \d{3} .*|[A-Z]+ \S+ HTTP\/1\.1)\r\n/.test(head.text)) {
      this.wrong = `start line ${JSON.stringify(head.text.slice(0, 80))}`;
    } else if (/^HTTP\/1\.1 1/.test(head.text)) this.interims.push(head.text);
    else this.#beginBody(head);
    return true;
  }

  #beginBody(head: MessageHead): void {
    this.head = head;
    this.#identity = this.#parts.identityOf(head);
    const [, length] = /\r\ncontent-length: (\d+)\r\n/i.exec(head.text) ?? [];
    const chunked = /\r\ntransfer-encoding: chunked\r\n/i.test(head.text);
    if (length !== undefined && chunked) this.wrong = 'Content-Length and Transfer-Encoding';
    this.#left = Number(length ?? 0);
    if (this.#parts.bodyless(head)) this.complete = true;
    else if (chunked) this.#framing = 'chunks';
    else if (length === undefined && this.#parts.unframed === 'to the end') this.#framing = 'end';
    else this.complete = this.#left === 0;
  }

  #readLine(): boolean {
    const end = this.#rest.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.#rest.toString('latin1', 0, end);
    this.#rest = this.#rest.subarray(end + 2);
    if (this.#chunk === 'line end') {
      if (line !== '') this.wrong = 'no CRLF behind a chunk';
      this.#chunk = 'size';
    } else if (this.#chunk === 'trailers') {
      if (line === '') this.complete = true;
      else this.trailers += `${line}\r\n`;
    } else if (!/^[0-9a-f]{1,8}$/i.test(line)) this.wrong = `chunk size ${JSON.stringify(line.slice(0, 40))}`;
    else {
      this.#left = Number.parseInt(line, 16);
      this.#chunk = this.#left === 0 ? 'trailers' : 'data';
    }
    return true;
  }
}
