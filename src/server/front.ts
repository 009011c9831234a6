// Who greets a connection and serves it: node's servers alone, told apart by its first bytes, or the lanes in front of them.
import type { Socket } from 'node:net';
import type { ConnectionHome } from './connection-home.ts';
import type { ProtocolServer } from './protocol-server.ts';
import { tellApart } from './tell-apart.ts';

export interface Front {
  /** `socket` was not read from yet (`pauseOnConnect`); half of it may end. */
  accept(socket: Socket, home: ConnectionHome): void;
  /** Asks clients to leave without refusing what is on its way. */
  askClientsToLeave(): void;
  /** Ends connections that carry no request, silent ones too, and the others behind their answers. */
  endIdle(): void;
}

export interface NodeServers {
  readonly http1: ProtocolServer;
  readonly http2: ProtocolServer;
}

export interface NodeFrontParts extends NodeServers {
  /** A connection that does not say what it speaks by then is closed. */
  readonly timeoutMs: number;
  /** A connection is served by node's server of that protocol. */
  counted(protocol: 'http1' | 'http2'): void;
}

export function openNodeFront(parts: NodeFrontParts): Front {
  return new NodeFront(parts);
}

class NodeFront implements Front {
  readonly #parts: NodeFrontParts;
  readonly #silent = new Set<Socket>(); // not one byte came yet

  constructor(parts: NodeFrontParts) {
    this.#parts = parts;
  }

  accept(socket: Socket, home: ConnectionHome): void {
    this.#silent.add(socket);
    tellApart(socket, {
      timeoutMs: this.#parts.timeoutMs,
      spoke: () => this.#silent.delete(socket),
      told: (isHttp2) => {
        const protocol = isHttp2 ? 'http2' : 'http1';
        home.told(protocol);
        this.#parts.counted(protocol);
        this.#parts[protocol].accept(socket);
      },
    });
    socket.resume();
  }

  askClientsToLeave(): void {
    this.#parts.http1.askClientsToLeave();
    this.#parts.http2.askClientsToLeave();
  }

  endIdle(): void {
    for (const socket of this.#silent) socket.destroy();
    this.#parts.http1.endIdle();
    this.#parts.http2.endIdle();
  }
}
