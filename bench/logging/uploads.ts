// A large upload over a link of known speed, seen from both ends by one clock: when its first byte was at the runtime, when it was
// answered.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { INFER_PATH } from '../payloads.ts';

export interface UploadTimes {
  /** From the client's first byte to the first one of the body at the runtime. */
  readonly firstByteMs: number;
  /** From the client's first byte to the answer. */
  readonly tookMs: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
const FIRST_SLICE_BYTES = 64 * 1024;
const STEP_MS = 1;
const DEADLINE_MS = 10_000;

/** Reads bodies and answers each; in this process, so that its clock is the client's. */
export class UploadRuntime {
  readonly #server: Server;
  #firstByteAtMs = 0;

  constructor() {
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** performance.now() at the first byte of the last body. */
  get firstByteAtMs(): number {
    return this.#firstByteAtMs;
  }

  close(): void {
    this.#server.close();
  }

  #serve(socket: Socket): void {
    let head = Buffer.alloc(0);
    let [missing, begun] = [0, false]; // of a body
    const body = (bytes: number): void => {
      if (bytes > 0 && !begun) this.#firstByteAtMs = performance.now();
      begun ||= bytes > 0;
      missing -= bytes;
      if (missing === 0) socket.write(ANSWER);
    };
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      if (missing > 0) return body(chunk.length);
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      const end = head.indexOf(HEAD_END);
      if (end < 0) return;
      missing = Number(/\r\ncontent-length: *(\d+)/i.exec(head.toString('latin1', 0, end))![1]);
      begun = false;
      const rest = head.length - end - HEAD_END.length;
      head = Buffer.alloc(0);
      body(rest);
    });
  }
}

export interface Link {
  readonly bytesPerSecond: number;
  readonly runtime: UploadRuntime;
}

/** One client connection to a subject, used for one upload after the other. */
export class Uploader {
  readonly #socket: Socket;
  readonly #link: Link;

  private constructor(socket: Socket, link: Link) {
    this.#socket = socket;
    this.#link = link;
  }

  static async connect(port: number, link: Link): Promise<Uploader> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Uploader(socket, link);
  }

  /** @throws Error on any answer but 200. */
  async upload(body: Buffer): Promise<UploadTimes> {
    const { bytesPerSecond, runtime } = this.#link;
    const fields = `Host: bench\r\nContent-Type: application/octet-stream\r\nContent-Length: ${body.length}`;
    const head = Buffer.from(`POST ${INFER_PATH} HTTP/1.1\r\n${fields}\r\n\r\n`);
    const answered = once(this.#socket, 'data', { signal: AbortSignal.timeout(DEADLINE_MS) });
    const startedMs = performance.now();
    this.#socket.write(Buffer.concat([head, body.subarray(0, FIRST_SLICE_BYTES)]));
    for (let sent = FIRST_SLICE_BYTES; sent < body.length; ) {
      await sleep(STEP_MS);
      const due = Math.min(body.length, Math.floor(((performance.now() - startedMs) / 1000) * bytesPerSecond));
      if (due <= sent) continue;
      this.#socket.write(body.subarray(sent, due));
      sent = due;
    }
    const [answer] = (await answered) as [Buffer];
    const tookMs = performance.now() - startedMs;
    if (!answer.includes('200 OK')) throw new Error(`the upload was answered ${answer.toString('latin1', 0, 200)}`);
    return { tookMs, firstByteMs: runtime.firstByteAtMs - startedMs };
  }

  close(): void {
    this.#socket.destroy();
  }
}
