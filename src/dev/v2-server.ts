// The embedded runtime's port: V2 REST on node:http, bodies whole and bounded, every refusal {"error": ...}.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../log.ts';
import { readRequestBody } from './request-body.ts';
import type { Answer, Call } from './v2-api.ts';
import { V2Error } from './v2-error.ts';
import { readRoute } from './v2-routes.ts';

export interface V2ServerOptions {
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  readonly maxBodyBytes: number;
  readonly maxConnections: number;
  /** How long dispose waits for answers under way before it cuts their connections. */
  readonly closeTimeoutMs: number;
  readonly answer: (call: Call) => Promise<Answer>;
  readonly log: Log;
}

export class V2Server implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #closeTimeoutMs: number;
  #closed: Promise<void> | null = null;

  private constructor(server: Server, closeTimeoutMs: number) {
    this.#server = server;
    this.#closeTimeoutMs = closeTimeoutMs;
    this.port = (server.address() as AddressInfo).port;
  }

  /** Resolves once bound. @throws the listen error. */
  static async listen(options: V2ServerOptions): Promise<V2Server> {
    // A client in front of it keeps connections: it should be the one that closes an idle one.
    const server = createServer(
      { keepAliveTimeout: 75_000 },
      (request, response) => void serve(request, response, options),
    );
    server.maxConnections = options.maxConnections;
    server.listen(options.port, options.host);
    await once(server, 'listening');
    return new V2Server(server, options.closeTimeoutMs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close(); // idle connections too
    const cut = setTimeout(() => this.#server.closeAllConnections(), this.#closeTimeoutMs);
    await closed;
    clearTimeout(cut);
  }
}

/** Never rejects. */
async function serve(request: IncomingMessage, response: ServerResponse, options: V2ServerOptions): Promise<void> {
  try {
    const route = readRoute(request.method ?? '', request.url ?? '');
    const body = await readRequestBody(request, options.maxBodyBytes);
    const jsonBytes = request.headers['inference-header-content-length'];
    const answer = await options.answer({ route, body, jsonBytes: jsonBytes?.toString() });
    response.writeHead(200, { ...answer.headers, 'content-length': answer.body.length }).end(answer.body);
  } catch (error) {
    if (request.destroyed && !request.complete) return; // the client left before its request was whole
    refuse(response, asV2Error(error, options.log));
  }
}

function refuse(response: ServerResponse, { status, message }: V2Error): void {
  const body = Buffer.from(JSON.stringify({ error: message }));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}

function asV2Error(error: unknown, log: Log): V2Error {
  if (error instanceof V2Error) return error;
  log.error({ err: error }, 'embedded runtime failed');
  return new V2Error(500, 'internal error', { cause: error });
}
