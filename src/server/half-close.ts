// A client that ended its side while its answer is still pending: does it wait, or is it gone? TCP shows the same for both.
import type { Socket } from 'node:net';

/** A waiting client is left alone for so long; most answers come sooner. */
const graceMs = 500;
/** The question brings a vanished client's reset; a write of no bytes finds it, at once or after a long way there and back. */
const looksMs = [50, 500, 3000];
const noBytes = new Uint8Array(0);
/** The kernel asks too: it finds a vanished client as soon as that one's own kernel has forgotten it (Linux: 60 s). */
const keepAliveMs = 10_000;

/**
 * Waits for the client's FIN, and after the grace calls `ask`, which writes `100 Continue` where an answer is owed: every
 * HTTP/1.1 client can read and ignore it (RFC 9110 15.2), one that is gone answers by a reset, which ends the exchange.
 */
export function watchHalfClose(socket: Socket, ask: () => void): void {
  socket.once('end', () => {
    socket.setKeepAlive(true, keepAliveMs);
    const look = (): void => {
      if (socket.writable) socket.write(noBytes);
    };
    const timers = [setTimeout(ask, graceMs), ...looksMs.map((afterMs) => setTimeout(look, graceMs + afterMs))];
    socket.once('close', () => timers.forEach(clearTimeout));
  });
}
