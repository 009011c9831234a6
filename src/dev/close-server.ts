// Closes a server of `outrigger dev` at once: nobody waits for what it still sends.
import { once } from 'node:events';
import type { Server } from 'node:http';

/** Resolves when it is closed; twice is harmless. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
