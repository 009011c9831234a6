// Which question a path asks: the V2 REST endpoints that the embedded runtime has.
import { V2Error } from './v2-error.ts';

export interface Route {
  readonly endpoint:
    | 'server metadata'
    | 'server live'
    | 'server ready'
    | 'model metadata'
    | 'model ready'
    | 'model config'
    | 'infer'
    | 'index'
    | 'load'
    | 'unload';
  readonly method: 'GET' | 'POST';
  /** Percent-decoded; "" for endpoints of the server. */
  readonly model: string;
  readonly version: string | undefined;
}

const SERVER: Readonly<Record<string, Pick<Route, 'endpoint' | 'method'>>> = {
  '/v2': { endpoint: 'server metadata', method: 'GET' },
  '/v2/health/live': { endpoint: 'server live', method: 'GET' },
  '/v2/health/ready': { endpoint: 'server ready', method: 'GET' },
  '/v2/repository/index': { endpoint: 'index', method: 'POST' },
};
const MODEL = /^\/v2\/models\/([^/]+)(?:\/versions\/(\d+))?(?:\/(infer|ready|config))?$/;
const REPOSITORY_MODEL = /^\/v2\/repository\/models\/([^/]+)\/(load|unload)$/;
const NAMED_REPOSITORY = /^\/v2\/repository\/[^/]+\/(?:index|models\/[^/]+\/(?:load|unload))$/;

/** `target` as received; its query is ignored. @throws V2Error 404, 405, 501, and 400 for a name that is no UTF-8. */
export function readRoute(method: string, target: string): Route {
  const path = target.split('?', 1)[0]!;
  const route = matchRoute(path);
  if (route === null) {
    if (NAMED_REPOSITORY.test(path)) throw new V2Error(501, "'repository_name' specification is not supported");
    throw new V2Error(404, 'Not Found');
  }
  if (route.method !== method) throw new V2Error(405, 'Method Not Allowed');
  return route;
}

function matchRoute(path: string): Route | null {
  if (Object.hasOwn(SERVER, path)) return { ...SERVER[path]!, model: '', version: undefined };
  const ofRepository = REPOSITORY_MODEL.exec(path);
  if (ofRepository !== null) {
    const endpoint = ofRepository[2] as 'load' | 'unload';
    return { endpoint, method: 'POST', model: decodeName(ofRepository[1]!), version: undefined };
  }
  const ofModel = MODEL.exec(path);
  if (ofModel === null) return null;
  const [, name, version, action] = ofModel;
  const model = decodeName(name!);
  if (action === 'infer') return { endpoint: 'infer', method: 'POST', model, version };
  return {
    endpoint: action === undefined ? 'model metadata' : `model ${action as 'ready' | 'config'}`,
    method: 'GET',
    model,
    version,
  };
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (cause) {
    throw new V2Error(400, `model name '${name}' is not percent-encoded UTF-8`, { cause });
  }
}
