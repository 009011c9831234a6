// The client end of the plain lanes: connections with the common shape of HTTP/1.1 are served here, all others by node's servers.
import type { Socket } from 'node:net';
import type { ConnectionHome } from '../../server/connection-home.ts';
import type { Front } from '../../server/front.ts';
import type { ServerExchangeParts } from '../../server/protocol-server.ts';
import type { LaneTools } from '../lane-tools.ts';
import { keepAliveFields } from './answer-head.ts';
import { ClientConnection } from './connection.ts';
import { FirstBytes, type FirstBytesParts } from './first-bytes.ts';
import { planSweep, Sweep, type Swept } from './sweep.ts';

export interface ClientLaneParts extends ServerExchangeParts, LaneTools {
  /** node:http goes on with the connection, whose unread bytes are back in the socket. */
  handOver(socket: Socket, home: ConnectionHome): void;
  /** The connection speaks HTTP/2: takes it (`take`), or hands it back to node:http2 (`handBack`), within this call. */
  acceptHttp2(client: FirstBytes): void;
}

/** Descriptors of clients among the 1,024 that one poll of libuv has room for (../runtime/turn-end.ts). */
const fewDescriptors = 512;

/** Sees to silent connections, and to those of HTTP/1.1 until they are handed over; node's servers see to the others. */
export function openClientLane(parts: ClientLaneParts): Front {
  return new ClientLane(parts);
}

class ClientLane implements Front, FirstBytesParts {
  readonly tools: LaneTools;
  readonly timeoutMs: number;
  readonly #parts: ClientLaneParts & { readonly keepAlive: string };
  readonly #sweep: Sweep;

  constructor(parts: ClientLaneParts) {
    const { headersTimeoutMs, keepAliveTimeoutMs } = parts.config;
    this.tools = parts;
    this.timeoutMs = headersTimeoutMs;
    this.#parts = { ...parts, keepAlive: keepAliveFields(keepAliveTimeoutMs) };
    this.#sweep = new Sweep(planSweep([headersTimeoutMs, keepAliveTimeoutMs]));
  }

  get readsAtPoll(): boolean {
    const { metrics, way } = this.#parts;
    // Those that the lane watches are counted twice when they speak HTTP/1.1; each of HTTP/2 may have one to the runtime beside it.
    const toNode = metrics.connections('http1').value + 2 * metrics.connections('http2').value;
    return way === 'swap' && this.#sweep.size + toNode <= fewDescriptors;
  }

  accept(socket: Socket, home: ConnectionHome): void {
    if (!socket.destroyed) this.#sweep.add(new FirstBytes(socket, home, this));
  }

  askClientsToLeave(): void {
    // Each answer does: Connection: close.
  }

  endIdle(): void {
    for (const swept of [...this.#sweep.watched]) {
      if (swept instanceof FirstBytes && swept.silent) swept.socket.destroy();
      else if (swept instanceof ClientConnection) swept.endIfIdle();
    }
  }

  http1(client: FirstBytes): ClientConnection {
    this.#parts.metrics.lane('http1_plain').add();
    const connection = new ClientConnection(client, this.#parts, this.#forget);
    this.#sweep.add(connection);
    return connection;
  }

  http2(client: FirstBytes): void {
    this.#parts.acceptHttp2(client);
  }

  over(client: FirstBytes): void {
    this.#sweep.delete(client);
  }

  readonly #forget = (swept: Swept): void => this.#sweep.delete(swept);
}
