// The embedded sink of `outrigger dev`: takes the agent's events and shows the latest of them, to a browser or to curl.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeServer } from './close-server.ts';
import { readEvents } from './event-message.ts';
import { renderEventPage } from './event-page.ts';
import { payloadText } from './event-payload.ts';
import { EventShelf } from './event-shelf.ts';
import { foreignSiteOf } from './inspector/own-site.ts';
import type { SeenPair } from './inspector/seen-pair.ts';

export interface EventSinkOptions {
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
}

export interface EventSink extends AsyncDisposable {
  /** Events are posted here, and shown here to GET. */
  readonly url: string;
  /** That tell of one exchange, by the id that they share; null: none is held. */
  eventsOf(id: string): SeenPair | null;
}

/** Enough to look at. */
const maxListed = 200;
const maxBodyBytes = 16 * 1024 * 1024;

/** Resolves once bound. @throws the listen error. */
export async function startEventSink({ host, port }: EventSinkOptions): Promise<EventSink> {
  const shelf = new EventShelf();
  const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
    // What clients sent is on its page: as with the inspector's, no other site may read it or add to it.
    const refusal = foreignSiteOf(request.headers, host);
    if (refusal !== null) {
      answer(response, { status: 403, type: 'text/plain', text: `${refusal}\n` });
      return;
    }
    respond(request, response, shelf).catch((error: Error) => {
      if (!response.headersSent) answer(response, { status: 400, type: 'text/plain', text: `${error.message}\n` });
      else response.destroy();
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/`,
    eventsOf: (id) => shelf.pairOf(id),
    [Symbol.asyncDispose]: () => closeServer(server),
  };
}

async function respond(request: IncomingMessage, response: ServerResponse, shelf: EventShelf): Promise<void> {
  if (request.method === 'POST') {
    const body = await readWhole(request);
    if (body === null) answer(response, { status: 413, type: 'text/plain', text: `more than ${maxBodyBytes} bytes\n` });
    else {
      for (const event of readEvents(request.headers, body)) shelf.add(event);
      answer(response, { status: 202, type: 'text/plain', text: '' });
    }
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    answer(response, { status: 405, type: 'text/plain', text: 'POST events, GET their list\n' });
    return;
  }
  const list = { count: shelf.count, latestFirst: shelf.latestFirst(maxListed) };
  if (request.headers.accept?.includes('text/html')) {
    answer(response, { status: 200, type: 'text/html; charset=utf-8', text: renderEventPage(list) });
  } else {
    const events = list.latestFirst.map((event) => {
      const { number, attributes } = event;
      return { number, attributes, payload: payloadText(event) };
    });
    const text = `${JSON.stringify({ received: list.count, events }, null, 2)}\n`;
    answer(response, { status: 200, type: 'application/json', text });
  }
}

/** Null: it is too large; the rest is read and dropped. */
async function readWhole(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  return bytes <= maxBodyBytes ? Buffer.concat(chunks, bytes) : null;
}

function answer(
  response: ServerResponse,
  { status, type, text }: { readonly status: number; readonly type: string; readonly text: string },
): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'", // payloads are whatever clients sent
  });
  response.end(text);
}
