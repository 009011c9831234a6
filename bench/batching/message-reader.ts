// Where does one HTTP/1.1 message end and what is its body? As little as the stub and the load generator need, for both sides:
// content-length or chunked framing, no pipelining, no trailers kept. It does not judge messages: the agent's own parser does that.

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const NOTHING: Buffer = Buffer.alloc(0);
const FIRST_SLAB_BYTES = 4096;

/** `head`: start line and fields, without the blank line. `body` is the reader's own memory: valid until the call returns. */
export type OnMessage = (head: string, body: Buffer) => void;

export class MessageReader {
  readonly #onMessage: OnMessage;
  #pending = NOTHING; // the beginning of a head
  #head = '';
  #missingBytes = 0; // of a body with content-length that began
  #slab = NOTHING; // reused for every body of this connection: a new 20 MB each would cost more in page faults than in copies
  #usedBytes = 0;
  #chunked: Buffer | null = null; // what came of a chunked body

  constructor(onMessage: OnMessage) {
    this.#onMessage = onMessage;
  }

  read(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#missingBytes > 0) rest = this.#fill(rest);
      else if (this.#chunked !== null) rest = this.#readChunks(Buffer.concat([this.#chunked, rest]));
      else rest = this.#readHead(rest);
    }
  }

  #readHead(chunk: Buffer): Buffer {
    const bytes = this.#pending.length > 0 ? Buffer.concat([this.#pending, chunk]) : chunk;
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) {
      this.#pending = bytes;
      return NOTHING;
    }
    this.#pending = NOTHING;
    this.#head = bytes.toString('latin1', 0, end);
    const rest = bytes.subarray(end + HEAD_END.length);
    const lengthBytes = contentLength(this.#head);
    if (lengthBytes === null && /^transfer-encoding: *chunked$/im.test(this.#head)) {
      this.#chunked = NOTHING;
      return rest.length > 0 ? this.#readChunks(rest) : NOTHING;
    }
    const bodyBytes = lengthBytes ?? 0;
    if (rest.length >= bodyBytes) {
      this.#onMessage(this.#head, rest.subarray(0, bodyBytes));
      return rest.subarray(bodyBytes);
    }
    if (this.#slab.length < bodyBytes) this.#slab = Buffer.alloc(Math.max(FIRST_SLAB_BYTES, bodyBytes));
    this.#usedBytes = 0;
    this.#missingBytes = bodyBytes;
    return this.#fill(rest);
  }

  #fill(chunk: Buffer): Buffer {
    const taken = Math.min(chunk.length, this.#missingBytes);
    chunk.copy(this.#slab, this.#usedBytes, 0, taken);
    this.#usedBytes += taken;
    this.#missingBytes -= taken;
    if (this.#missingBytes === 0) this.#onMessage(this.#head, this.#slab.subarray(0, this.#usedBytes));
    return chunk.subarray(taken);
  }

  /** Tries again from the body's beginning with each read: chunked bodies are rare and small here. */
  #readChunks(bytes: Buffer): Buffer {
    const parts: Buffer[] = [];
    for (let at = 0; ; ) {
      const lineEnd = bytes.indexOf(LINE_END, at);
      const sizeBytes = lineEnd < 0 ? -1 : Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
      const next = lineEnd + LINE_END.length + sizeBytes + LINE_END.length;
      if (sizeBytes < 0 || next > bytes.length) {
        this.#chunked = bytes;
        return NOTHING;
      }
      if (sizeBytes === 0) {
        this.#chunked = null;
        this.#onMessage(this.#head, Buffer.concat(parts));
        return bytes.subarray(next);
      }
      parts.push(bytes.subarray(lineEnd + LINE_END.length, next - LINE_END.length));
      at = next;
    }
  }
}

function contentLength(head: string): number | null {
  const match = /\r\ncontent-length: *(\d+)/i.exec(head);
  return match === null ? null : Number(match[1]);
}
