// The operator's port: metrics, liveness, readiness and status over plain HTTP, apart from the traffic.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OpsConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { Inspector } from '../inspection.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { watchEventLoop } from './event-loop.ts';
import { type FileAnswer, openPageFiles, type PageFiles } from './page-files.ts';
import { jsonAnswer, openPages, type Page, type PageAnswer } from './pages.ts';
import type { StatusSource } from './status.ts';

export interface OpsOptions extends OpsConfig {
  readonly metrics: Metrics;
  readonly status: StatusSource;
  readonly log: Log;
  /** Answers what no page does; absent: nobody. */
  readonly inspector?: Inspector | undefined;
  /** Default: the page that comes along. */
  readonly files?: PageFiles;
}

export interface OpsServer extends AsyncDisposable {
  readonly port: number; // the one that was bound, when 0 was asked for
}

const MAX_CONNECTIONS = 64; // scrapers, probes and people; more are closed at once
const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000; // requests have no bodies here
const KEEP_ALIVE_TIMEOUT_MS = 65_000; // above Prometheus' default scrape interval of 60 s
const CLOSE_TIMEOUT_MS = 1_000; // for answers under way when the agent stops

/**
 * Resolves once the port is bound. Dispose: answers what is under way, at most a second long, then closes every connection.
 * @throws OutriggerError PORT_UNAVAILABLE
 */
export async function listenOps(options: OpsOptions): Promise<OpsServer> {
  const { host, port, metrics, status, log, inspector, files = openPageFiles() } = options;
  const pages = openPages({ metrics, status });
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    },
    (request, response) => {
      if (inspector?.answer(request, response) !== true) void respond(request, response, { pages, files, log });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  await bind(server, { host, port });
  // Out of sockets or memory: this port can wait, the traffic's must not die of it.
  server.on('error', (err) => log.warn({ err }, "the operator's port could not accept a connection"));
  const eventLoop = watchEventLoop(metrics);
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      eventLoop[Symbol.dispose]();
      await close(server);
    },
  };
}

interface Shown {
  readonly pages: ReadonlyMap<string, Page>;
  readonly files: PageFiles;
}

/** Never rejects: a page that fails is a 500 and a log line. */
async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { log, ...shown }: Shown & { log: Log },
): Promise<void> {
  const [path, query] = cut(request.url ?? '');
  try {
    write(request, response, await answerOf(request, { path, query, ...shown }));
  } catch (err) {
    log.error({ err, path }, "a page of the operator's port failed");
    if (!response.headersSent) write(request, response, jsonAnswer(500, { error: 'internal error; see the log' }));
    else response.destroy();
  }
}

function cut(url: string): [path: string, query: string] {
  const at = url.indexOf('?');
  return at === -1 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}

async function answerOf(
  { method, headers }: IncomingMessage,
  { path, query, pages, files }: Shown & { path: string; query: string },
): Promise<PageAnswer | FileAnswer> {
  const page = pages.get(path);
  const reads = method === 'GET' || method === 'HEAD';
  if (page !== undefined && !reads) return jsonAnswer(405, { error: `${method} is not allowed here; use GET or HEAD` });
  const file = reads
    ? await files.answer({ path, accept: headers.accept, ifNoneMatch: headers['if-none-match'] })
    : null;
  if (file !== null) return file;
  if (page !== undefined) return page.answer(new URLSearchParams(query));
  return jsonAnswer(404, { error: 'no such page', pages: [...pages.keys()] });
}

function write(request: IncomingMessage, response: ServerResponse, answer: PageAnswer | FileAnswer): void {
  const { status, contentType, body } = answer;
  response.statusCode = status;
  response.setHeader('Content-Type', contentType);
  if (body !== null) response.setHeader('Content-Length', Buffer.byteLength(body));
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if ('headers' in answer) response.setHeaders(new Map(Object.entries(answer.headers)));
  if (status === 405) response.setHeader('Allow', 'GET, HEAD');
  // Nobody here reads a request body, so a connection that brings one is not kept.
  if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined) {
    response.setHeader('Connection', 'close');
  }
  response.end(body ?? ''); // Node leaves the body out for HEAD
}

function bind(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) => reject(portUnavailable(cause, { host, port }));
    server.once('error', onError);
    server.listen(host === '' ? { port } : { host, port }, () => {
      server.removeListener('error', onError);
      resolve();
    });
  });
}

function portUnavailable(cause: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): OutriggerError {
  const reason = cause.code === 'EADDRINUSE' ? 'the port is in use' : cause.message;
  const remedy = 'choose another with --metrics-port, or 0 to do without metrics';
  const address = host === '' ? `port ${port}` : `${host}:${port}`;
  return new OutriggerError('PORT_UNAVAILABLE', `cannot listen on ${address}: ${reason}; ${remedy}`, { cause });
}

function close(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS);
    server.close(() => {
      clearTimeout(deadline);
      resolve();
    });
    server.closeIdleConnections();
  });
}
