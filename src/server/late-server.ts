// A protocol's server that is loaded with its first connection: whoever has none pays neither its time nor its memory.
import type { Socket } from 'node:net';
import type { ProtocolServer, ServerParts } from './protocol-server.ts';

/** node:http2, which brings TLS and 8 MiB with it. */
export function lateHttp2Server(parts: ServerParts): ProtocolServer {
  return lateServer(async () => (await import('./http2.ts')).openHttp2Server(parts));
}

/** `load` is called once. Connections that come meanwhile stand still. */
export function lateServer(load: () => Promise<ProtocolServer>): ProtocolServer {
  return new LateServer(load);
}

class LateServer implements ProtocolServer {
  readonly #load: () => Promise<ProtocolServer>;
  readonly #waiting: Socket[] = [];
  #server: ProtocolServer | null = null;
  #closing = false;

  constructor(load: () => Promise<ProtocolServer>) {
    this.#load = load;
  }

  accept(socket: Socket): void {
    if (this.#server !== null) this.#server.accept(socket);
    else if (this.#waiting.push(socket) === 1) void this.#open();
  }

  askClientsToLeave(): void {
    this.#server?.askClientsToLeave();
  }

  endIdle(): void {
    this.#closing = true;
    this.#server?.endIdle();
  }

  async #open(): Promise<void> {
    const server = await this.#load();
    this.#server = server;
    if (this.#closing) server.endIdle(); // those that come after it end behind their answers
    for (const socket of this.#waiting.splice(0)) {
      if (!socket.destroyed) server.accept(socket);
    }
  }
}
