// A client that is still sending when its answer is complete: how long is it listened to?
import type { IncomingMessage } from 'node:http';

const lingerMs = 10_000;

/** Reads on for a while: closing now would reset the connection before the client has read its answer. */
export function linger(incoming: IncomingMessage): void {
  incoming.resume();
  const cut = setTimeout(() => incoming.socket.destroy(), lingerMs);
  cut.unref();
  incoming.once('close', () => clearTimeout(cut));
}
