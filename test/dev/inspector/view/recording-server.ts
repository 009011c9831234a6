// A server that keeps what it is asked, over HTTP/1.1 and HTTP/2 on one port each, and answers as it is told.
import { once } from 'node:events';
import { createServer as createHttp1, type IncomingHttpHeaders } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RecordingServer {
  readonly url: string;
  readonly asked: readonly Asked[];
}

/** `status`: of the answer; 0: none is given. */
export async function startHttp1(status = 200): Promise<RecordingServer> {
  const asked: Asked[] = [];
  const server = createHttp1(async (request, response) => {
    const body = await readAll(request);
    asked.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
    if (status !== 0) response.writeHead(status).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** Trailers end each answer. */
export async function startHttp2(trailers: Readonly<Record<string, string>>): Promise<RecordingServer> {
  const asked: Asked[] = [];
  const server = createHttp2();
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', async (stream, headers) => {
    const body = await readAll(stream);
    asked.push({ method: String(headers[':method']), path: String(headers[':path']), headers, body });
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.end(Buffer.from([0, 0, 0, 0, 0]));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
