// A runtime that knows what every answer must be: V2 and V1 over HTTP, strict as Triton, written apart from src/.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { eventually } from '../eventually.ts';
import { type Behaviour, defaultBehaviour } from './behaviour.ts';
import { type Call, recordCall } from './call.ts';
import { inferAnswer } from './infer-answer.ts';
import { readInferCall } from './infer-call.ts';
import { modelPage } from './model-pages.ts';
import { runModel } from './models.ts';
import { predictAnswer, readPredictCall } from './predict-answer.ts';
import { decodeBody, encodeAnswer } from './request-coding.ts';
import { type Route, routeOf } from './routes.ts';
import type { RuntimeAnswer } from './runtime-answer.ts';
import { RuntimeFault } from './runtime-fault.ts';

interface Gate {
  /** Everything that waits is answered. */
  open(): void;
}

export interface Oracle {
  readonly port: number;
  /** Inferences in order of arrival, aborted ones included. */
  readonly calls: readonly Call[];
  /** All other requests, such as `GET /v2/models/m/config`. */
  readonly pages: readonly string[];
  /** From now on. Models: m, m2 (sum), echo, bytes, `a b` (echo), classify. */
  behave(model: string, change: Partial<Behaviour>): void;
  /** From now on: what it gives is the answer to an inference; null leaves it to the model. */
  script(answerOf: (call: Call) => RuntimeAnswer | null): void;
  /** Inferences that arrive from now on wait. */
  hold(): Gate;
  /** Of `calls` and `pages`. */
  forget(): void;
  /** Waits until so many inferences arrived. */
  received(count: number): Promise<void>;
  /** Connections are cut too. */
  stop(): Promise<void>;
}

export type OracleProtocol = 'http1' | 'http2' | 'both';

interface Settings {
  readonly behaviours: Map<string, Behaviour>;
  readonly calls: Call[];
  readonly pages: string[];
  answerOf: (call: Call) => RuntimeAnswer | null;
  gate: Promise<void> | null;
}

/** `port` 0 is any free one; HTTP/1.1 unless told. */
export async function openOracle(port = 0, protocol: OracleProtocol = 'http1'): Promise<Oracle> {
  const kinds = { m: 'sum', m2: 'sum', echo: 'echo', bytes: 'echo', 'a b': 'echo', classify: 'classify' } as const;
  const settings: Settings = {
    behaviours: new Map(Object.entries(kinds).map(([name, kind]) => [name, defaultBehaviour(kind)])),
    calls: [],
    pages: [],
    answerOf: () => null,
    gate: null,
  };
  const server = serverOf(protocol, settings);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  onTestFinished(stop);
  return { port: (server.address() as AddressInfo).port, stop, ...controlOf(settings) };
}

function serverOf(protocol: OracleProtocol, settings: Settings): Server {
  const http1 = createServer((request, response) => void serve(settings, request, response));
  if (protocol === 'http1') return http1;
  const http2 = createHttp2Server((request, response) => {
    // Node's compatible objects of HTTP/2 have what is used of those of HTTP/1.1.
    void serve(settings, request as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  http2.on('session', (session) => session.on('error', () => undefined));
  if (protocol === 'http2') return http2;
  return createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('readable', () => {
      const first = socket.read() as Buffer | null;
      if (first === null) return;
      socket.unshift(first);
      (first.subarray(0, 3).equals(Buffer.from('PRI')) ? http2 : http1).emit('connection', socket);
    });
  });
}

function controlOf(settings: Settings): Omit<Oracle, 'port' | 'stop'> {
  const { calls, pages, behaviours } = settings;
  return {
    calls,
    pages,
    behave(model, change) {
      Object.assign(behaviours.get(model) as Behaviour, change);
    },
    script(answerOf) {
      settings.answerOf = answerOf;
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      settings.gate = promise;
      const open = (): void => {
        if (settings.gate === promise) settings.gate = null;
        resolve();
      };
      onTestFinished(open);
      return { open };
    },
    forget() {
      calls.length = 0;
      pages.length = 0;
    },
    received: (count) => eventually(`${count} inferences arrive`, () => calls.length >= count),
  };
}

async function serve(settings: Settings, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url = '' } = request;
  const route = routeOf(method, url);
  const chunks: Buffer[] = [];
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return; // it broke off: no request
  }
  const body = Buffer.concat(chunks);
  if (route?.page !== 'infer' && route?.page !== 'predict') {
    settings.pages.push(`${method} ${url}`);
    write(
      response,
      attempt(route, settings, () => pageAnswer(route, settings)),
      null,
    );
    return;
  }
  const call = recordCall(request, body);
  settings.calls.push(call);
  onAbort(response, () => {
    call.aborted = true;
  });
  const answer = settings.answerOf(call) ?? attempt(route, settings, () => inference(route, call, settings));
  await settings.gate;
  call.answered = true;
  const { breaksOff = null } = settings.behaviours.get(route.model) ?? {};
  const accept = route.page === 'infer' ? request.headers['accept-encoding'] : undefined; // servers of V1 send what they have
  write(response, encodeAnswer(answer, accept), breaksOff);
}

function onAbort(response: ServerResponse, told: () => void): void {
  if ('stream' in response) (response.stream as ServerHttp2Stream).on('aborted', told);
  else response.on('close', () => response.writableFinished || told());
}

/** A fault becomes the answer that its runtime would give. */
function attempt(route: Route | null, settings: Settings, answer: () => RuntimeAnswer): RuntimeAnswer {
  try {
    return answer();
  } catch (fault) {
    if (!(fault instanceof RuntimeFault)) throw fault;
    const plain = settings.behaviours.get(route?.model ?? '')?.plainErrors === true;
    const headers = ['Content-Type', plain ? 'text/plain' : 'application/json'];
    return { status: fault.status, headers, body: Buffer.from(JSON.stringify({ error: fault.message })) };
  }
}

function pageAnswer(route: Route | null, settings: Settings): RuntimeAnswer {
  if (route === null || route.page === 'infer' || route.page === 'predict') throw new RuntimeFault(404, 'Not Found');
  if (route.page === 'health') return { status: 200, headers: [], body: Buffer.alloc(0) };
  return modelPage({ ...route, page: route.page }, behaviourOf(route.model, settings));
}

function behaviourOf(model: string, { behaviours }: Settings): Behaviour {
  const behaviour = behaviours.get(model);
  if (behaviour === undefined) throw new RuntimeFault(404, `Request for unknown model: '${model}' is not found`);
  return behaviour;
}

function inference({ page, model }: Route, call: Call, settings: Settings): RuntimeAnswer {
  const behaviour = behaviourOf(model, settings);
  const { retryAfterS } = behaviour;
  if (retryAfterS !== null) {
    const headers = ['Content-Type', 'application/json', 'Retry-After', String(retryAfterS)];
    return { status: 503, headers, body: Buffer.from('{"error":"Exceeds maximum queue size"}') };
  }
  const body = decodeBody(call.body, call.headers['content-encoding']);
  if (page === 'predict') {
    const predict = readPredictCall(body);
    call.rows = predict.instances?.length ?? null;
    return predictAnswer(predict, behaviour);
  }
  const infer = readInferCall(body, headerBytes(call, body.length));
  call.rows = infer.rows;
  return inferAnswer(model, infer, runModel(model, infer, behaviour), behaviour);
}

/** @throws RuntimeFault 400 for what is no length of 0 to the body's */
function headerBytes({ headers }: Call, bodyBytes: number): number | null {
  const given = headers['inference-header-content-length'];
  if (given === undefined) return null;
  if (given === '0') throw new RuntimeFault(400, 'raw binary requests need a model with one input');
  const bytes = Number.parseInt(String(given), 10);
  if (!(bytes >= 0 && bytes <= bodyBytes))
    throw new RuntimeFault(400, `inference header size should be in range (0, ${bodyBytes}), got: ${given}`);
  return bytes;
}

function write(
  response: ServerResponse,
  { status, headers, body }: RuntimeAnswer,
  breaksOff: Behaviour['breaksOff'],
): void {
  if (breaksOff === 'head') {
    response.destroy();
    return;
  }
  response.writeHead(status, [...headers, 'Content-Length', String(body.length)]);
  if (breaksOff !== 'body') response.end(body);
  else response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
}
