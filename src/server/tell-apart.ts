// HTTP/1.1 or HTTP/2 with prior knowledge? The first bytes of a connection tell.
import type { Socket } from 'node:net';

/** Three bytes tell: no HTTP/1.1 method begins with PRI (RFC 9113 3.4). */
const http2Preface = Buffer.from('PRI');

export interface TellApartOptions {
  /** A connection that has not said three bytes by then is closed. */
  readonly timeoutMs: number;
  /** The first byte is here, or the connection is gone. */
  spoke(): void;
  /** The bytes read so far are back in the socket. */
  told(isHttp2: boolean): void;
}

export function tellApart(socket: Socket, { timeoutMs, spoke, told }: TellApartOptions): void {
  let seen: Buffer = Buffer.alloc(0);
  const deadline = setTimeout(() => socket.destroy(), timeoutMs);
  const stop = (): void => {
    clearTimeout(deadline);
    socket.off('data', onData);
    socket.off('end', onEnd);
    socket.off('close', onClose);
  };
  const onEnd = (): void => {
    socket.destroy(); // nothing, or less than any request
  };
  const onClose = (): void => {
    stop();
    spoke();
  };
  const onData = (chunk: Buffer): void => {
    spoke();
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    if (seen.length < http2Preface.length) return;
    stop();
    const isHttp2 = seen.subarray(0, http2Preface.length).equals(http2Preface);
    // node:http takes buffered bytes from a flowing socket, node:http2 reads them from a paused one.
    if (isHttp2) socket.pause();
    socket.unshift(seen);
    told(isHttp2);
  };
  socket.on('data', onData);
  socket.once('end', onEnd);
  socket.once('close', onClose);
}
