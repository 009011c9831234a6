// A socket whose other side ended already, with bytes that nobody took yet in front of that end: node's own takes none back by then.
import { type SetKeepAliveOptions, Socket } from 'node:net';

const addresses = ['remoteAddress', 'remotePort', 'remoteFamily', 'localAddress', 'localPort', 'localFamily'] as const;

type Done = (error?: Error | null) => void;

/** Reads `unread` and then 'end'; all else goes to the socket behind it, which nobody else uses from then on. */
export function replayBeforeEnd(behind: Socket, unread: Uint8Array): Socket {
  return new EndedSocket(behind, unread);
}

class EndedSocket extends Socket {
  readonly #behind: Socket;

  constructor(behind: Socket, unread: Uint8Array) {
    super({ allowHalfOpen: true });
    this.#behind = behind;
    for (const name of addresses) Object.defineProperty(this, name, { get: () => behind[name] });
    behind.on('error', (error) => this.destroy(error));
    behind.on('close', () => this.destroy());
    if (behind.destroyed) this.destroy();
    this.push(Buffer.from(unread));
    this.push(null);
  }

  override setNoDelay(noDelay?: boolean): this {
    this.#behind.setNoDelay(noDelay);
    return this;
  }

  override setKeepAlive(how?: boolean | SetKeepAliveOptions, initialDelayMs?: number): this {
    if (typeof how === 'object') this.#behind.setKeepAlive(how);
    else this.#behind.setKeepAlive(how, initialDelayMs);
    return this;
  }

  override resetAndDestroy(): this {
    this.#behind.resetAndDestroy();
    return this.destroy();
  }

  override _read(): void {
    // all there is was pushed at the start
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: Done): void {
    this.#behind.write(chunk, done);
  }

  override _writev(chunks: { readonly chunk: Uint8Array }[], done: Done): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'binary', done);
  }

  override _final(done: Done): void {
    this.#behind.end(() => done());
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#behind.destroy();
    super._destroy(error, done);
  }
}
