// The embedded sink of `outrigger dev`: takes the agent's events and shows the latest of them, to a browser or to curl.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeServer } from './close-server.ts';
import { readEvents } from './event-message.ts';
import { renderEventPage, type SeenEvent } from './event-page.ts';

export interface EventSinkOptions {
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
}

export interface EventSink extends AsyncDisposable {
  /** Events are posted here, and shown here to GET. */
  readonly url: string;
}

/** Enough to look at; older ones make room. */
const maxEvents = 200;
const maxKeptBytes = 8 * 1024 * 1024;
const maxBodyBytes = 16 * 1024 * 1024;

/** Resolves once bound. @throws the listen error. */
export async function startEventSink({ host, port }: EventSinkOptions): Promise<EventSink> {
  const shelf = new Shelf();
  const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
    respond(request, response, shelf).catch((error: Error) => {
      if (!response.headersSent) answer(response, { status: 400, type: 'text/plain', text: `${error.message}\n` });
      else response.destroy();
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: () => closeServer(server),
  };
}

class Shelf {
  readonly #events: SeenEvent[] = []; // the latest last
  #bytes = 0;
  #count = 0;

  add(event: Omit<SeenEvent, 'number'>): void {
    this.#count += 1;
    this.#events.push({ ...event, number: this.#count });
    this.#bytes += event.payload.length;
    while (this.#events.length > maxEvents || (this.#bytes > maxKeptBytes && this.#events.length > 1)) {
      this.#bytes -= (this.#events.shift() as SeenEvent).payload.length;
    }
  }

  get count(): number {
    return this.#count;
  }

  latestFirst(): readonly SeenEvent[] {
    return this.#events.toReversed();
  }
}

async function respond(request: IncomingMessage, response: ServerResponse, shelf: Shelf): Promise<void> {
  if (request.method === 'POST') {
    const body = await readWhole(request);
    if (body === null) answer(response, { status: 413, type: 'text/plain', text: `more than ${maxBodyBytes} bytes\n` });
    else {
      for (const event of readEvents(request.headers, body)) shelf.add(event);
      answer(response, { status: 202, type: 'text/plain', text: '' });
    }
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    answer(response, { status: 405, type: 'text/plain', text: 'POST events, GET their list\n' });
  } else if (request.headers.accept?.includes('text/html')) {
    answer(response, { status: 200, type: 'text/html; charset=utf-8', text: renderEventPage(shelf) });
  } else {
    const events = shelf.latestFirst().map(({ number, attributes, payload }) => ({ number, attributes, payload }));
    const text = `${JSON.stringify({ received: shelf.count, events }, null, 2)}\n`;
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
