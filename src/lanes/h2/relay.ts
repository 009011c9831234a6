// gRPC over HTTP/2 without reading it: frames pass between each client's connection and a connection to the runtime of its own.
import type { Socket } from 'node:net';
import type { ListenerConfig, UpstreamConfig } from '../../config/slices.ts';
import { type Http2Arrival, RelayClient, type RelayClientEnds } from './relay-client.ts';
import type { RelayConnectionParts } from './relay-connection.ts';

export interface Http2RelayParts extends RelayConnectionParts {
  readonly config: ListenerConfig;
  readonly upstream: UpstreamConfig;
  /** node:http2 takes the connection, which begins with the preface (again). */
  node(socket: Socket): void;
  /** A connection is relayed from now on. */
  relayed?(): void;
}

export interface Http2Relay {
  /** Takes the connection, or gives it to `node`, now or by its first request. */
  accept(arrival: Http2Arrival): void;
  /** Asks clients to leave without refusing what is on its way. */
  askClientsToLeave(): void;
  /** Ends connections that carry no request, and the others behind their answers. */
  endIdle(): void;
}

export function openHttp2Relay(parts: Http2RelayParts): Http2Relay {
  return new Relay(parts);
}

class Relay implements Http2Relay, RelayClientEnds {
  readonly #parts: Http2RelayParts;
  readonly #clients = new Set<RelayClient>();
  #relayed = 0;
  #closing = false;

  constructor(parts: Http2RelayParts) {
    this.#parts = parts;
  }

  accept(arrival: Http2Arrival): void {
    const client = new RelayClient(this.#parts, arrival, this);
    this.#clients.add(client);
    arrival.take(client);
    client.hear(arrival.bytes);
  }

  askClientsToLeave(): void {
    for (const client of this.#clients) client.askToLeave();
  }

  endIdle(): void {
    this.#closing = true;
    for (const client of [...this.#clients]) client.endWhenIdle();
  }

  node(socket: Socket): void {
    this.#parts.node(socket);
  }

  hasRoom(): boolean {
    return !this.#closing && this.#relayed < this.#parts.upstream.maxConnections;
  }

  relayed(): void {
    this.#relayed += 1;
    this.#parts.relayed?.();
  }

  gone(client: RelayClient): void {
    this.#clients.delete(client);
    if (client.relayed) this.#relayed -= 1;
  }
}
