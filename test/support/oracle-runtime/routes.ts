// Paths of the oracle: V2 with and without a version, V1, the repository. Names are percent-decoded.

export interface Route {
  readonly page: 'infer' | 'predict' | 'metadata' | 'config' | 'ready' | 'load' | 'unload' | 'health';
  readonly method: string;
  readonly model: string;
}

const v2Model = /^\/v2\/models\/([^/]+)(?:\/versions\/[0-9]+)?(?:\/(infer|config|ready))?$/;
const v1Model = /^\/v1\/models\/([^/:]+)(?:\/versions\/[0-9]+)?(?:(:predict))?$/;
const repository = /^\/v2\/repository\/models\/([^/]+)\/(load|unload)$/;

/** Null: it knows no such page. */
export function routeOf(method: string, target: string): Route | null {
  const [path = ''] = target.split('?');
  if (/^\/v2(\/health\/(live|ready))?$/.test(path)) return { page: 'health', method, model: '' };
  const [, name, page] = v2Model.exec(path) ?? repository.exec(path) ?? [];
  if (name !== undefined)
    return { page: (page ?? 'metadata') as Route['page'], method, model: decodeURIComponent(name) };
  const [, v1Name, predict] = v1Model.exec(path) ?? [];
  if (v1Name === undefined) return null;
  return { page: predict === undefined ? 'ready' : 'predict', method, model: decodeURIComponent(v1Name) };
}
