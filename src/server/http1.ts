// HTTP/1.1 from clients: node:http parses, what it or we cannot read in one way only is refused and never forwarded.
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ListenerConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import { ClientConnection } from './client-connection.ts';
import { headWithoutOffer, isWebSocketOffer } from './decline-upgrade.ts';
import { Http1ServerExchange } from './http1-exchange.ts';
import type { ProbeAnswer } from './probes.ts';
import type { ProtocolServer, ServerParts } from './protocol-server.ts';
import { endWithError, explainParserError } from './raw-refusal.ts';
import { readRequest } from './request-target.ts';
import { openTunnel } from './upgrade.ts';

export function openHttp1Server(parts: ServerParts): ProtocolServer {
  return new Http1Server(parts);
}

class Http1Server implements ProtocolServer {
  readonly #parts: ServerParts;
  readonly #server: Server;
  readonly #connections = new WeakMap<Socket, ClientConnection>();

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#server = createServer(parserOptions(parts.config), this.#onRequest);
    const server = this.#server;
    server.maxHeadersCount = 0; // node would drop the surplus silently: counted in readRequestHead
    (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
    server.on('checkContinue', this.#onRequest);
    server.on('checkExpectation', this.#onRequest);
    server.on('connect', this.#onConnect);
    server.on('upgrade', this.#onUpgrade);
    server.on('clientError', this.#onUnreadable);
    server.emit('listening'); // starts node's check of slow heads, which a server without a port of its own would not do
  }

  accept(socket: Socket): void {
    this.#connections.set(socket, new ClientConnection(socket, this.#parts.metrics));
    socket.setMaxListeners(0); // a hundred pipelined requests listen for one socket's end
    this.#server.emit('connection', socket);
  }

  askClientsToLeave(): void {
    // Each answer does: Connection: close.
  }

  endIdle(): void {
    this.#server.closeIdleConnections();
  }

  readonly #onRequest = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const connection = this.#connections.get(incoming.socket) as ClientConnection;
    if (connection.refusesMore()) {
      incoming.resume(); // behind a request that could not be trusted, or behind a last answer: no request any more
      return;
    }
    connection.began(incoming, outgoing);
    const arrived = { connection, incoming, outgoing };
    try {
      const { head, path } = readRequest(incoming, this.#parts.config);
      const answer = this.#parts.probes.answer({ method: incoming.method as string, ...head });
      if (answer !== null) {
        void Promise.resolve(answer).then((settled) => writeProbeAnswer(outgoing, settled));
        return;
      }
      new Http1ServerExchange(this.#parts, { ...arrived, head, path }).run(head);
    } catch (error) {
      const refused = { ...arrived, head: null, path: incoming.url as string };
      new Http1ServerExchange(this.#parts, refused).refuse(error);
    }
  };

  readonly #onConnect = (incoming: IncomingMessage, socket: Socket): void => {
    const error = new OutriggerError('METHOD_NOT_ALLOWED', `${incoming.method} is not proxied`);
    this.#connections.get(socket)?.handOver(() => endWithError(socket, error, this.#parts.metrics));
  };

  readonly #onUpgrade = (incoming: IncomingMessage, socket: Socket, early: Buffer): void => {
    this.#connections.get(socket)?.handOver(() => {
      if (isWebSocketOffer(incoming)) openTunnel({ incoming, socket, early, parts: this.#parts });
      else {
        socket.unshift(Buffer.concat([headWithoutOffer(incoming), early]));
        this.accept(socket);
      }
    });
  };

  readonly #onUnreadable = (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Socket): void => {
    if (error.code === 'ECONNRESET') socket.destroy();
    else this.#connections.get(socket)?.unreadable(explainParserError(error));
  };
}

function parserOptions(config: ListenerConfig): ServerOptions {
  const options = {
    insecureHTTPParser: false,
    // URL and header fields have limits of their own below this one, which is the parser's.
    maxHeaderSize: config.maxHeaderBytes + config.maxUrlBytes + 1024,
    headersTimeout: config.headersTimeoutMs,
    requestTimeout: 0, // a long upload is not cut
    keepAliveTimeout: config.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(config.headersTimeoutMs, 1000),
    requireHostHeader: false, // checked in readRequestHead, which answers with our error body
    // Only WebSocket is tunnelled; `Upgrade: h2c` and others are an offer that may be ignored (RFC 9110 7.8).
    shouldUpgradeCallback: isWebSocketOffer,
  };
  return options;
}

function writeProbeAnswer(outgoing: ServerResponse, answer: ProbeAnswer): void {
  outgoing.writeHead(answer.status, answer.headers.write([]));
  outgoing.end(answer.body);
}
