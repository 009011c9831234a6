// One port for HTTP/1.1 and HTTP/2 with prior knowledge: bound before any slow work, told apart by a connection's first bytes.
import { createServer, type Server, type Socket } from 'node:net';
import type { ListenerConfig, UpstreamConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { Handler } from '../http/exchange.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Drain } from './drain.ts';
import type { Probes } from './probes.ts';
import { endWithError } from './raw-refusal.ts';

export interface ServerParts {
  readonly config: ListenerConfig;
  readonly upstream: UpstreamConfig; // where tunnels lead
  readonly handler: Handler;
  readonly probes: Probes;
  readonly drain: Drain;
  readonly metrics: Metrics;
  readonly log: Log;
  /** The error for a client when no connection to the runtime could be made. */
  connectFailure(cause: Error): OutriggerError;
}

export interface ProtocolServer {
  /** Takes over a connection of its protocol; the bytes read so far are back in the socket. */
  accept(socket: Socket): void;
  /** Asks clients to leave without refusing what is on its way. */
  askClientsToLeave(): void;
  /** Ends idle connections now and busy ones after their answers. */
  close(): void;
}

export interface Protocols {
  readonly http1: ProtocolServer;
  readonly http2: ProtocolServer;
  readonly metrics: Metrics;
}

export interface Listener {
  readonly port: number;
  /** Connections wait, unread, until this is called. */
  serve(protocols: Protocols): void;
  askClientsToLeave(): void;
  /** Stops accepting; open connections end with what they carry. */
  close(): Promise<void>;
  /** Breaks every connection. */
  cut(): void;
}

/** Three bytes tell: no HTTP/1.1 method begins with PRI (RFC 9113 3.4). */
const http2Preface = Buffer.from('PRI');

/** Binds the port. @throws OutriggerError PORT_UNAVAILABLE when the port cannot be had */
export async function bindListener(config: ListenerConfig): Promise<Listener> {
  const connections = new Set<Socket>();
  const waiting: Socket[] = []; // accepted before serve()
  let protocols: Protocols | null = null;

  const greet = (socket: Socket, served: Protocols): void => {
    if (connections.size > config.maxConnections) {
      served.metrics.connectionsRefused.add();
      endWithError(
        socket,
        new OutriggerError('TOO_MANY_CONNECTIONS', `${config.maxConnections} connections are open`),
        served.metrics,
      );
      return;
    }
    served.metrics.connectionsTotal.add();
    tellApart(socket, config.headersTimeoutMs, (isHttp2) => {
      const protocol = isHttp2 ? 'http2' : 'http1';
      const gauge = served.metrics.connections(protocol);
      gauge.add(1);
      socket.once('close', () => gauge.add(-1));
      served[protocol].accept(socket);
    });
  };

  // allowHalfOpen: a client may end its side and still wait for its answer.
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    socket.on('error', () => socket.destroy());
    if (protocols === null) waiting.push(socket);
    else greet(socket, protocols);
  });
  await listen(server, config);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : config.port,
    serve(served) {
      protocols = served;
      for (const socket of waiting.splice(0)) greet(socket, served);
    },
    askClientsToLeave() {
      protocols?.http1.askClientsToLeave();
      protocols?.http2.askClientsToLeave();
    },
    close() {
      return new Promise((resolve) => {
        server.close();
        for (const socket of waiting.splice(0)) socket.destroy();
        protocols?.http1.close();
        protocols?.http2.close();
        resolve();
      });
    },
    cut() {
      for (const socket of connections) socket.destroy();
    },
  };
}

function listen(server: Server, { host, port }: ListenerConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason =
        cause.code === 'EADDRINUSE' ? 'the port is in use: stop its owner or choose another' : cause.message;
      reject(
        new OutriggerError('PORT_UNAVAILABLE', `--port: cannot listen on ${host || '*'}:${port}: ${reason}`, { cause }),
      );
    });
    server.listen({ port, backlog: 1024, ...(host === '' ? {} : { host }) }, () => {
      server.removeAllListeners('error');
      server.on('error', () => undefined); // EMFILE while accepting: node tries again by itself
      resolve();
    });
  });
}

/** Reads until three bytes are there, puts them back and tells; a connection that says nothing is closed in the end. */
function tellApart(socket: Socket, timeoutMs: number, told: (isHttp2: boolean) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const deadline = setTimeout(() => socket.destroy(), timeoutMs);
  const stop = (): void => {
    clearTimeout(deadline);
    socket.off('data', onData);
    socket.off('end', onEnd);
  };
  const onEnd = (): void => {
    stop();
    socket.destroy(); // nothing, or less than any request
  };
  const onData = (chunk: Buffer): void => {
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
  socket.once('close', () => clearTimeout(deadline));
}
