// The runtime of the gRPC scenarios: h2c with prior knowledge, each request answered by headers, 1 KB of data and trailers.
// It reads frame headers only and its answer is fixed bytes without HPACK state, so that it costs a tenth of node:http2
// and the references are measured under full load. Requests must be smaller than a stream's window (64 KB).
// argv: port

import { createServer, type Socket } from 'node:net';

const PREFACE_BYTES = 24;
const FRAME_HEADER_BYTES = 9;
const MESSAGE_BYTES = 1024; // gRPC prefix of 5 bytes included
const [DATA, HEADERS, SETTINGS, PING, WINDOW_UPDATE] = [0x0, 0x1, 0x4, 0x6, 0x8];
const [END_STREAM, ACK, END_HEADERS] = [0x1, 0x1, 0x4];
const RECEIVE_WINDOW_BYTES = 2 ** 30;

function frame(type: number, flags: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  return Buffer.concat([header, payload]);
}

/** HPACK literal without indexing, name and value as plain text (RFC 7541 6.2.2). */
function literal(name: string, value: string): Buffer {
  return Buffer.concat([[0, name.length], Buffer.from(name), [value.length], Buffer.from(value)].map(Buffer.from));
}

function windowUpdate(bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frame(WINDOW_UPDATE, 0, payload);
}

const message = Buffer.alloc(MESSAGE_BYTES, 0x2a);
message[0] = 0;
message.writeUInt32BE(MESSAGE_BYTES - 5, 1);
const STATUS_200 = Buffer.from([0x88]); // entry 8 of the static table
const HEAD = frame(HEADERS, END_HEADERS, Buffer.concat([STATUS_200, literal('content-type', 'application/grpc')]));
const BODY = frame(DATA, 0, message);
const TRAILERS = frame(HEADERS, END_HEADERS | END_STREAM, literal('grpc-status', '0'));
const ANSWER = Buffer.concat([HEAD, BODY, TRAILERS]);
const STREAM_ID_OFFSETS = [5, HEAD.length + 5, HEAD.length + BODY.length + 5];
const GREETING = Buffer.concat([frame(SETTINGS, 0, Buffer.alloc(0)), windowUpdate(RECEIVE_WINDOW_BYTES)]);

class Connection {
  readonly #socket: Socket;
  #pending: Buffer = Buffer.alloc(0); // a frame that has not come whole
  #prefaceBytes = PREFACE_BYTES;
  #consumedBytes = 0; // DATA read since the connection's window was last raised
  #sendWindowBytes = 65_535;
  #unanswered: number[] = []; // stream ids

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', () => socket.destroy()); // the load generator cuts its connections at the end of a run
    socket.write(GREETING);
  }

  #read(chunk: Buffer): void {
    let buffer = this.#pending.length > 0 ? Buffer.concat([this.#pending, chunk]) : chunk;
    const skipped = Math.min(this.#prefaceBytes, buffer.length);
    this.#prefaceBytes -= skipped;
    buffer = buffer.subarray(skipped);
    let start = 0;
    while (buffer.length - start >= FRAME_HEADER_BYTES) {
      const end = start + FRAME_HEADER_BYTES + buffer.readUIntBE(start, 3);
      if (end > buffer.length) break;
      this.#frame(buffer.subarray(start, end));
      start = end;
    }
    this.#pending = buffer.subarray(start);
    this.#answer();
  }

  #frame(bytes: Buffer): void {
    const [type, flags] = [bytes[3], bytes[4]!];
    const streamId = bytes.readUInt32BE(5);
    if (type === DATA) this.#consumedBytes += bytes.length - FRAME_HEADER_BYTES;
    if ((type === DATA || type === HEADERS) && (flags & END_STREAM) !== 0) this.#unanswered.push(streamId);
    else if (type === WINDOW_UPDATE && streamId === 0) this.#sendWindowBytes += bytes.readUInt32BE(FRAME_HEADER_BYTES);
    else if (type === SETTINGS && (flags & ACK) === 0) this.#socket.write(frame(SETTINGS, ACK, Buffer.alloc(0)));
    else if (type === PING && (flags & ACK) === 0) {
      this.#socket.write(frame(PING, ACK, bytes.subarray(FRAME_HEADER_BYTES)));
    }
  }

  /** Everything that the window allows, in one write. */
  #answer(): void {
    if (this.#consumedBytes > RECEIVE_WINDOW_BYTES / 4) {
      this.#socket.write(windowUpdate(this.#consumedBytes));
      this.#consumedBytes = 0;
    }
    const count = Math.min(this.#unanswered.length, Math.floor(this.#sendWindowBytes / MESSAGE_BYTES));
    if (count === 0) return;
    this.#sendWindowBytes -= count * MESSAGE_BYTES;
    const output = Buffer.allocUnsafe(count * ANSWER.length);
    for (const [index, streamId] of this.#unanswered.splice(0, count).entries()) {
      const start = index * ANSWER.length;
      ANSWER.copy(output, start);
      for (const offset of STREAM_ID_OFFSETS) output.writeUInt32BE(streamId, start + offset);
    }
    this.#socket.write(output);
  }
}

createServer({ noDelay: true }, (socket) => void new Connection(socket)).listen(Number(process.argv[2]), '127.0.0.1');
