// A server that behaves as TorchServe 0.12 was seen to (test/full/torchserve.ts): its management API, archives found by name alone.
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type Probed, serveHttp } from './probed.ts';

interface Version {
  readonly url: string;
  readonly text: string;
}

interface Model {
  readonly versions: Map<string, Version>;
  default: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export class FakeTorchServe {
  /** Method and path of every order that changes something. */
  readonly orders: string[] = [];
  readonly #models = new Map<string, Model>();
  readonly #modelStore: string;
  #probed: Probed | null = null;

  /** An archive is a text: `<version> <what the model answers>`; `broken` answers nothing. */
  static async start(modelStore: string): Promise<FakeTorchServe> {
    const server = new FakeTorchServe(modelStore);
    server.#probed = await serveHttp((request, response) => server.#serve(request, response));
    return server;
  }

  private constructor(modelStore: string) {
    this.#modelStore = modelStore;
  }

  get port(): number {
    return this.#probed?.port ?? 0;
  }

  predict(name: string): string | null {
    const model = this.#models.get(name);
    return model?.versions.get(model.default)?.text ?? null;
  }

  #serve({ method = '', url = '' }: IncomingMessage, response: ServerResponse): void {
    if (method !== 'GET') this.orders.push(`${method} ${url}`);
    const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
    const [, name, version] = pathname.split('/').slice(1).map(decodeURIComponent);
    const { status, body } = this.#answer(method, { name, version, searchParams });
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body, null, 2));
  }

  #answer(
    method: string,
    call: { name?: string | undefined; version?: string | undefined; searchParams: URLSearchParams },
  ): Answer {
    const { name, version, searchParams } = call;
    if (method === 'POST') return this.#register(searchParams);
    if (name === undefined)
      return this.#list(Number(searchParams.get('limit')), Number(searchParams.get('next_page_token')));
    const model = this.#models.get(name);
    if (model === undefined) return failure(404, 'ModelNotFoundException', `Model not found: ${name}`);
    if (method === 'GET') return { status: 200, body: describe(name, model, version) };
    if (version === undefined || !model.versions.has(version))
      return failure(404, 'ModelVersionNotFoundException', 'no such version');
    if (method === 'PUT') {
      model.default = version;
      return { status: 200, body: { status: 'Default version successfully updated' } };
    }
    if (version === model.default && model.versions.size > 1) {
      return failure(403, 'InvalidModelVersionException', `Cannot remove default version for model ${name}`);
    }
    model.versions.delete(version);
    if (model.versions.size === 0) this.#models.delete(name);
    return { status: 200, body: { status: `Model "${name}" unregistered` } };
  }

  #register(query: URLSearchParams): Answer {
    const url = query.get('url') ?? '';
    const name = query.get('model_name') ?? '';
    const path = join(this.#modelStore, url.slice(url.lastIndexOf('/') + 1));
    if (!existsSync(path)) return failure(404, 'ModelNotFoundException', `Model not found at: ${url}`);
    const [version = '', text = ''] = readFileSync(path, 'utf8').split(' ');
    const model = this.#models.get(name) ?? { versions: new Map<string, Version>(), default: version };
    if (model.versions.has(version)) {
      return failure(
        409,
        'ConflictStatusException',
        `Model version ${version} is already registered for model ${name}`,
      );
    }
    if (text === 'broken') {
      return failure(500, 'InternalServerException', `Failed to start workers for model ${name} version: ${version}`);
    }
    model.versions.set(version, { url, text });
    this.#models.set(name, model);
    return { status: 200, body: { status: `Model "${name}" Version: ${version} registered with 1 initial workers` } };
  }

  #list(limit: number, from: number): Answer {
    const names = [...this.#models.keys()].toSorted();
    const models = names.slice(from, from + limit).map((modelName) => ({ modelName, modelUrl: 'any' }));
    const next = from + limit < names.length ? { nextPageToken: String(from + limit) } : {};
    return { status: 200, body: { ...next, models } };
  }
}

function describe(name: string, model: Model, version: string | undefined): unknown {
  const wanted = [...model.versions].filter(([each]) => version === 'all' || each === (version ?? model.default));
  return wanted.map(([modelVersion, { url: modelUrl }]) => ({
    ...{ modelName: name, modelVersion, modelUrl, minWorkers: 1, maxWorkers: 1 },
    workers: [{ id: '9000', status: 'READY' }],
  }));
}

function failure(code: number, type: string, message: string): Answer {
  return { status: code, body: { code, type, message } };
}
