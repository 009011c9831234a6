// HTTP/1.1 from clients: node:http parses, what it or we cannot read in one way only is refused and never forwarded.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { OutriggerError } from '../errors.ts';
import { ClientConnection } from './client-connection.ts';
import { Http1ServerExchange } from './http1-exchange.ts';
import type { ProtocolServer, ServerParts } from './listener.ts';
import type { ProbeAnswer } from './probes.ts';
import { endWithError, explainParserError } from './raw-refusal.ts';
import { readRequest } from './request-target.ts';
import { openTunnel } from './upgrade.ts';

export function openHttp1Server(parts: ServerParts): ProtocolServer {
  const { config, metrics, probes } = parts;

  const connections = new WeakMap<Socket, ClientConnection>();

  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const connection = connections.get(incoming.socket) as ClientConnection;
    if (connection.ending) {
      incoming.resume(); // behind a request that could not be trusted, or behind a last answer: no request any more
      return;
    }
    connection.began(incoming, outgoing);
    const arrived = { connection, incoming, outgoing };
    try {
      const { head, path } = readRequest(incoming, config);
      const answer = probes.answer({ method: incoming.method as string, ...head });
      if (answer !== null) {
        void Promise.resolve(answer).then((settled) => writeProbeAnswer(outgoing, settled));
        return;
      }
      new Http1ServerExchange(parts, { ...arrived, head, path }).run(head);
    } catch (error) {
      new Http1ServerExchange(parts, { ...arrived, head: null, path: incoming.url as string }).refuse(error);
    }
  };

  const server = createServer(
    {
      insecureHTTPParser: false,
      // URL and header fields have limits of their own below this one, which is the parser's.
      maxHeaderSize: config.maxHeaderBytes + config.maxUrlBytes + 1024,
      headersTimeout: config.headersTimeoutMs,
      requestTimeout: 0, // a long upload is not cut
      keepAliveTimeout: config.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(config.headersTimeoutMs, 1000),
      requireHostHeader: false, // checked in readRequestHead, which answers with our error body
      // Only WebSocket is tunnelled; `Upgrade: h2c` and others are an offer that may be ignored (RFC 9110 7.8).
      shouldUpgradeCallback: (incoming: IncomingMessage) => incoming.headers.upgrade?.toLowerCase() === 'websocket',
    } as Parameters<typeof createServer>[0],
    onRequest,
  );
  server.maxHeadersCount = 0; // node would drop the surplus silently: counted in readRequestHead
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  server.on('checkContinue', onRequest);
  server.on('checkExpectation', onRequest);
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    const error = new OutriggerError('METHOD_NOT_ALLOWED', `${incoming.method} is not proxied`);
    connections.get(socket)?.handOver(() => endWithError(socket, error, metrics));
  });
  server.on('upgrade', (incoming: IncomingMessage, socket: Socket, early: Buffer) => {
    connections.get(socket)?.handOver(() => openTunnel({ incoming, socket, early, parts }));
  });
  server.on('clientError', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Socket) => {
    if (error.code === 'ECONNRESET') socket.destroy();
    else connections.get(socket)?.unreadable(explainParserError(error));
  });
  server.emit('listening'); // starts node's check of slow heads, which a server without a port of its own would not do
  return {
    accept(socket) {
      connections.set(socket, new ClientConnection(socket, metrics));
      socket.setMaxListeners(0); // a hundred pipelined requests listen for one socket's end
      server.emit('connection', socket);
    },
    askClientsToLeave: () => undefined, // each answer does: Connection: close
    endIdle: () => server.closeIdleConnections(),
  };
}

function writeProbeAnswer(outgoing: ServerResponse, answer: ProbeAnswer): void {
  outgoing.writeHead(answer.status, answer.headers.write([]));
  outgoing.end(answer.body);
}
