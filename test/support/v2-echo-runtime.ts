// A runtime of V2 REST whose models give their inputs back as outputs; other paths answer as their name says.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

export interface V2EchoRuntime {
  readonly port: number;
  /** Path and body of each call. */
  readonly calls: readonly { readonly path: string; readonly body: string }[];
}

/** `inferenceMs`: each inference takes so long. Ends with the test. */
export async function startV2EchoRuntime({ inferenceMs = 0 } = {}): Promise<V2EchoRuntime> {
  const calls: { path: string; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request).catch(() => null);
    if (body === null) return; // the caller left
    calls.push({ path: request.url ?? '', body: body.toString() });
    if (request.url?.endsWith('/infer') === true) await wait(inferenceMs);
    answer(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, calls };
}

interface Message {
  readonly id?: string;
  readonly inputs: readonly object[];
}

function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const { url = '' } = request;
  if (url.endsWith('/infer')) {
    const { id, inputs } = JSON.parse(body.toString()) as Message;
    const model = /\/models\/([^/]+)/.exec(url)?.[1];
    json(response, 200, { model_name: model, ...(id === undefined ? {} : { id }), outputs: inputs });
  } else if (url === '/broken') {
    response.writeHead(200, { 'Content-Length': 100 }).write('half', () => response.destroy());
  } else if (url === '/never') response.writeHead(200).write('beginning');
  else if (url === '/large') response.end(Buffer.alloc(1_000_000, 'x'));
  else if (url === '/silent') return;
  else if (url === '/echo') response.end(body);
  else json(response, 404, { error: 'no such page' });
}

function json(response: ServerResponse, status: number, message: object): void {
  const text = JSON.stringify(message);
  response
    .writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) })
    .end(text);
}
