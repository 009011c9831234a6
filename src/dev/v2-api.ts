// What the embedded runtime answers to each V2 endpoint.
import * as v from 'valibot';
import { readInferRequest, readJsonBytes, readRawRequest } from './infer-request.ts';
import { writeInferResponse } from './infer-response.ts';
import { describeConfig, describeMetadata } from './model-description.ts';
import type { ModelRepository } from './model-repository.ts';
import { V2Error } from './v2-error.ts';
import type { Route } from './v2-routes.ts';

export interface Call {
  readonly route: Route;
  /** Content-Encoding already taken off. */
  readonly body: Uint8Array;
  /** Value of Inference-Header-Content-Length. */
  readonly jsonBytes: string | undefined;
}

/** Status 200. */
export interface Answer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface V2ApiOptions {
  readonly repository: ModelRepository;
  /** Of ONNX Runtime. */
  readonly version: string;
  /** False until the models that the folder had at the start were tried. */
  readonly isReady: () => boolean;
}

const RepositoryRequest = v.pipe(
  v.unknown(),
  v.check((value) => !Array.isArray(value), 'expected an object'),
  v.object({
    ready: v.optional(v.boolean(), false),
    parameters: v.optional(v.record(v.string(), v.unknown()), {}),
  }),
);

const EXTENSIONS = ['binary_tensor_data', 'model_repository', 'model_configuration'];

/** The result of the returned function rejects with V2Error. */
export function createV2Api({ repository, version, isReady }: V2ApiOptions): (call: Call) => Promise<Answer> {
  const endpoints: Record<Route['endpoint'], (call: Call) => Answer | Promise<Answer>> = {
    'server metadata': () => json({ name: 'outrigger-dev-onnxruntime', version, extensions: EXTENSIONS }),
    'server live': () => json({ live: true }),
    'server ready': () => {
      if (!isReady()) throw new V2Error(400, 'Server not ready');
      return json({ ready: true });
    },
    'model metadata': ({ route }) => json(describeMetadata(repository.find(route.model, route.version))),
    'model ready': ({ route }) => answerModelReady(repository, route),
    'model config': ({ route }) => json(describeConfig(repository.find(route.model, route.version))),
    infer: (call) => infer(repository, call),
    index: async ({ body }) => {
      const { ready } = readRepositoryRequest(body);
      const entries = await repository.index();
      return json(ready ? entries.filter(({ state }) => state === 'READY') : entries);
    },
    load: async ({ route, body }) => {
      const [parameter] = Object.keys(readRepositoryRequest(body).parameters);
      if (parameter !== undefined) throw new V2Error(501, `load parameter '${parameter}' is not supported`);
      await repository.load(route.model);
      return EMPTY;
    },
    unload: async ({ route, body }) => {
      readRepositoryRequest(body);
      await repository.unload(route.model);
      return EMPTY;
    },
  };
  return async (call) => endpoints[call.route.endpoint](call);
}

async function infer(repository: ModelRepository, { route, body, jsonBytes }: Call): Promise<Answer> {
  const model = repository.find(route.model, route.version);
  const size = readJsonBytes(jsonBytes, body.length) ?? body.length;
  const raw = jsonBytes !== undefined && size === 0;
  const request = raw ? readRawRequest(body, model.inputs) : readInferRequest(body, size);
  const outputs = await model.infer(request);
  return writeInferResponse({ request, modelName: model.name, modelVersion: model.version, outputs });
}

// Triton: 404 for a model that it does not know, 400 for one that it knows and does not serve.
function answerModelReady(repository: ModelRepository, { model, version }: Route): Answer {
  const state = repository.state(model);
  if (state === 'LOADING' || state === 'UNLOADING' || state === 'UNAVAILABLE') {
    throw new V2Error(400, 'Model version not ready');
  }
  repository.find(model, version);
  return json({ name: model, ready: true });
}

// An empty body is the usual one.
function readRepositoryRequest(body: Uint8Array): v.InferOutput<typeof RepositoryRequest> {
  const text = Buffer.from(body).toString();
  try {
    return v.parse(RepositoryRequest, JSON.parse(text.trim() === '' ? '{}' : text));
  } catch (cause) {
    throw new V2Error(400, `failed to parse the request: ${(cause as Error).message}`, { cause });
  }
}

const EMPTY: Answer = { headers: { 'content-type': 'application/json' }, body: Buffer.alloc(0) };

function json(value: object): Answer {
  return { headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(value)) };
}
