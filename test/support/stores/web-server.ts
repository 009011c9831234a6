// A web server of one test: answers by a function, keeps what was asked.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface WebServer {
  /** Without a slash at its end. */
  readonly origin: string;
  readonly host: string;
  readonly asked: IncomingMessage[];
}

export async function webServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<WebServer> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin: `http://${host}`, host, asked };
}

/** Answers like a careful server (RFC 9110 14): 200, 206 or 416. */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: { readonly body: Buffer; readonly headers?: Readonly<Record<string, string>> },
): void {
  const { body, headers = {} } = file;
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined) {
    response.writeHead(200, { ...headers, 'content-length': body.length }).end(body);
  } else if (Number(first) >= body.length) {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${body.length}`, 'content-length': 0 }).end();
  } else {
    const part = body.subarray(Number(first), Number(last) + 1);
    const range = `bytes ${first}-${Number(first) + part.length - 1}/${body.length}`;
    response.writeHead(206, { ...headers, 'content-range': range, 'content-length': part.length }).end(part);
  }
}
