// A runtime with the V2 repository API that behaves as Triton in explicit mode does: its models are text files, its faults are ordered.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { type ModelTimes, Refused, RepositoryModels } from './repository-models.ts';

export interface RepositoryRuntimeOptions extends Partial<ModelTimes> {
  /**
   * A model is a folder, or a link to one, with `value.txt` (what it answers) and, if its wholeness is to be checked at load,
   * `parts.txt` as sha256sum prints it.
   */
  readonly modelDir: string;
  /** 0: any free one. */
  readonly port?: number;
  /** Of each inference. */
  readonly inferMs?: number;
}

/** `hang`: no answer until it is restarted. `reset`: the connection is. */
export type Fault = 'hang' | 'reset' | { readonly status: number; readonly body: string };

const notFound = { error: 'Not Found' };

export class RepositoryRuntime implements AsyncDisposable {
  /** Every call in order, such as `load m`, `unload m`, `index`, `ready m`, `live`, `infer m`. */
  readonly calls: string[] = [];
  /** What its models were refused for, in order; without the faults that were ordered. */
  readonly refusals: string[] = [];
  /** May be changed at any time. */
  readonly times: ModelTimes & { inferMs: number };
  readonly #modelDir: string;
  readonly #faults: { readonly call: RegExp; readonly fault: Fault; times: number }[] = [];
  readonly #sockets = new Set<Socket>();
  #models: RepositoryModels;
  #peak = 0;
  #server: Server | null = null;
  #port: number;

  /** Closed yet. */
  constructor({ modelDir, port = 0, loadMs = 0, unloadMs = 0, inferMs = 0 }: RepositoryRuntimeOptions) {
    this.times = { loadMs, unloadMs, inferMs };
    this.#modelDir = modelDir;
    this.#port = port;
    this.#models = new RepositoryModels(modelDir, this.times);
  }

  get port(): number {
    return this.#port;
  }

  /** Only loads and unloads. */
  get orders(): string[] {
    return this.calls.filter((call) => /^(un)?load /.test(call));
  }

  get loadedNames(): string[] {
    return this.#models.loaded;
  }

  /** Where the files of those that serve lie: the folder that the link led to when they were loaded. */
  get loadedFolders(): ReadonlyMap<string, string> {
    return this.#models.folders;
  }

  /** Names of those whose folder was gone when they were unloaded, since the last restart. */
  get lostNames(): readonly string[] {
    return this.#models.lost;
  }

  /** The most models in memory at once, loading and unloading ones counted, over all restarts. */
  get peakLoaded(): number {
    return Math.max(this.#peak, this.#models.peak);
  }

  /** The next `times` calls that match fail so; `call` is matched with the words of `calls`. */
  fail(call: RegExp, fault: Fault, times = 1): void {
    this.#faults.push({ call, fault, times });
  }

  /** No more faults. */
  heal(): void {
    this.#faults.length = 0;
  }

  /** The same port as before. */
  async open(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** At once, open connections and models included; the port refuses until `open`. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.#peak = this.peakLoaded;
    this.#models = new RepositoryModels(this.#modelDir, this.times);
    if (server === null) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.open();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request).catch(() => null);
    if (body === null) return; // the client went
    const path = (request.url as string).replace(/\?.*/, '');
    const [action, name] = read(`${request.method} ${path}`);
    const call = name === null ? action : `${action} ${name}`;
    this.calls.push(call);
    const fault = this.#faults.find((each) => each.times > 0 && each.call.test(call));
    if (fault !== undefined) {
      fault.times -= 1;
      endBy(fault.fault, response);
      return;
    }
    try {
      const answer = await this.#answer(action, { name: name ?? '', body });
      send(response, answer);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.refusals.push(error.message);
      send(response, [error.status, { error: error.message }]);
    }
  }

  /** Status, and a document or no body at all. A name is taken as it stands in the path: Triton decodes nothing. */
  async #answer(action: string, { name, body }: { name: string; body: string }): Promise<Answer> {
    const models = this.#models; // a restart forgets them, and what is under way with them
    const serving = models.serving(name);
    if (action === 'live') return [200];
    if (action === 'server-ready') return [models.unloading ? 400 : 200];
    if (action === 'server')
      return [200, { name: 'repository-runtime', version: '1', extensions: ['model_repository'] }];
    if (action === 'index') return [200, await models.index()];
    if (action === 'ready') return serving ? [200] : [400, { error: 'Model version not ready' }];
    if (action === 'load') await models.load(name);
    if (action === 'unload') await models.unload(name);
    if (action === 'load' || action === 'unload') return [200];
    if (action !== 'infer' && action !== 'metadata') return [404, notFound];
    if (serving === undefined) {
      const why = models.knows(name) ? 'has no available versions' : 'is not found';
      return [404, { error: `Request for unknown model: '${name}' ${why}` }];
    }
    const outputs = [{ name: 'value', datatype: 'BYTES', shape: [1] }];
    if (action === 'metadata') return [200, { name, versions: ['1'], platform: 'text', inputs: [], outputs }];
    serving.inFlight += 1;
    await wait(this.times.inferMs);
    serving.inFlight -= 1;
    return [
      200,
      { model_name: name, model_version: '1', outputs: [{ ...outputs[0], data: [serving.value] }, ...echo(body)] },
    ];
  }
}

type Answer = readonly [status: number, document?: unknown];

/** Closed at the end of the `await using` block, or by `kill`. */
export async function openRepositoryRuntime(options: RepositoryRuntimeOptions): Promise<RepositoryRuntime> {
  const runtime = new RepositoryRuntime(options);
  await runtime.open();
  return runtime;
}

const actions: readonly (readonly [pattern: RegExp, action: string])[] = [
  [/^GET \/v2\/health\/live$/, 'live'],
  [/^GET \/v2\/health\/ready$/, 'server-ready'],
  [/^GET \/v2$/, 'server'],
  [/^POST \/v2\/repository\/index$/, 'index'],
  [/^POST \/v2\/repository\/models\/([^/]+)\/load$/, 'load'],
  [/^POST \/v2\/repository\/models\/([^/]+)\/unload$/, 'unload'],
  [/^GET \/v2\/models\/([^/]+)\/ready$/, 'ready'],
  [/^POST \/v2\/models\/([^/]+)(?:\/versions\/1)?\/infer$/, 'infer'],
  [/^GET \/v2\/models\/([^/]+)$/, 'metadata'],
];

function read(line: string): readonly [action: string, name: string | null] {
  for (const [pattern, action] of actions) {
    const match = pattern.exec(line);
    if (match !== null) return [action, match[1] ?? null];
  }
  return [line, null];
}

/** The inputs of a JSON request. */
function echo(body: string): unknown[] {
  try {
    return (JSON.parse(body) as { inputs?: unknown[] }).inputs ?? [];
  } catch {
    throw new Refused(500, 'failed to parse the request JSON buffer');
  }
}

function endBy(fault: Fault, response: ServerResponse): void {
  if (fault === 'reset') response.socket?.resetAndDestroy();
  else if (fault !== 'hang') response.writeHead(fault.status).end(fault.body);
}

function send(response: ServerResponse, [status, document]: Answer): void {
  const body = document === undefined ? '' : JSON.stringify(document);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    .end(body);
}
