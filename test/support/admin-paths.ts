// The administrative APIs as their servers document them, and every way we know to write such a path otherwise.
import type { AdminApi } from '../../src/v2/admin-api.ts';

export interface AdminPath {
  readonly api: AdminApi;
  readonly method: string;
  readonly path: string;
  readonly changesModels: boolean;
}

const [index, change, shm, trace, logging] = [
  { api: 'repository', changesModels: false },
  { api: 'repository', changesModels: true },
  { api: 'shm', changesModels: false },
  { api: 'trace', changesModels: false },
  { api: 'logging', changesModels: false },
] as const;

/** Triton http_server.cc and grpc_service.proto, MLServer rest/app.py and model_repository.proto, OVMS, TorchServe, TF Serving. */
export const adminPaths: readonly AdminPath[] = [
  { ...index, method: 'POST', path: '/v2/repository/index' },
  { ...index, method: 'POST', path: '/v2/repository/r/index' },
  { ...change, method: 'POST', path: '/v2/repository/models/m/load' },
  { ...change, method: 'POST', path: '/v2/repository/models/m/unload' },
  { ...change, method: 'POST', path: '/v2/repository/r/models/m/load' },
  { ...shm, method: 'GET', path: '/v2/systemsharedmemory/status' },
  { ...shm, method: 'POST', path: '/v2/systemsharedmemory/unregister' },
  { ...shm, method: 'POST', path: '/v2/systemsharedmemory/region/n/register' },
  { ...shm, method: 'GET', path: '/v2/cudasharedmemory/region/n/status' },
  { ...trace, method: 'GET', path: '/v2/trace/setting' },
  { ...trace, method: 'POST', path: '/v2/models/m/trace/setting' },
  { ...trace, method: 'POST', path: '/v2/models/m/versions/1/trace/setting' },
  { ...logging, method: 'POST', path: '/v2/logging' },
  { ...index, method: 'GET', path: '/v1/config' },
  { ...change, method: 'POST', path: '/v1/config/reload' },
  { ...change, method: 'POST', path: '/models' },
  { ...change, method: 'DELETE', path: '/models/m/1' },
  { ...change, method: 'PUT', path: '/models/m/1/set-default' },
  { ...index, method: 'GET', path: '/models/m' },
  { ...index, method: 'POST', path: '/inference.GRPCInferenceService/RepositoryIndex' },
  { ...change, method: 'POST', path: '/inference.GRPCInferenceService/RepositoryModelLoad' },
  { ...change, method: 'POST', path: '/inference.GRPCInferenceService/RepositoryModelUnload' },
  { ...change, method: 'POST', path: '/inference.model_repository.ModelRepositoryService/RepositoryModelLoad' },
  { ...shm, method: 'POST', path: '/inference.GRPCInferenceService/SystemSharedMemoryStatus' },
  { ...shm, method: 'POST', path: '/inference.GRPCInferenceService/CudaSharedMemoryRegister' },
  { ...trace, method: 'POST', path: '/inference.GRPCInferenceService/TraceSetting' },
  { ...logging, method: 'POST', path: '/inference.GRPCInferenceService/LogSettings' },
  { ...change, method: 'POST', path: '/tensorflow.serving.ModelService/HandleReloadConfigRequest' },
  { ...change, method: 'POST', path: '/org.pytorch.serve.grpc.management.ManagementAPIsService/RegisterModel' },
];

const hex = (byte: number): string => `%${byte.toString(16).padStart(2, '0')}`;
const encodeAll = (path: string): string => path.replace(/[^/]/g, (each) => hex(each.charCodeAt(0)));
const slashes = (path: string, by: string): string => `/${path.slice(1).replaceAll('/', by)}`;
const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Each gives a path that at least one server, gateway or file system reads like the one it was given. */
export const spellings: Readonly<Record<string, (path: string) => string>> = {
  'as documented': (path) => path,
  'upper case': (path) => path.toUpperCase(),
  'one letter in the other case': (path) => path.replace(/[a-z](?=[^a-z]|$)/, (each) => each.toUpperCase()),
  'with a query': (path) => `${path}?ready=true&x=/v2/models/m/infer`,
  'trailing slash': (path) => `${path}/`,
  'trailing slashes and a dot': (path) => `${path}//./`,
  'double slashes': (path) => slashes(path, '//'),
  'leading slashes': (path) => `//${path}`,
  'dot segments': (path) => slashes(path, '/./'),
  'encoded dot segments': (path) => slashes(path, '/%2e/'),
  'behind a detour': (path) => `/v2/models/m/../../..${path}`,
  'behind an encoded detour': (path) => `/v2/models/m/%2e%2E/%2e./..${path}`,
  'a detour inside': (path) => slashes(path, '/x/../'),
  'a detour of other slashes': (path) => slashes(path, '/x\\..\\'),
  'parameters at each segment': (path) => `${slashes(path, ';v=1/')};jsessionid=1`,
  'dots with parameters': (path) => slashes(path, '/x/..;/'),
  'encoded parameters': (path) => `${path}%3bx`,
  backslashes: (path) => slashes(path, '\\'),
  'encoded backslashes': (path) => slashes(path, '%5C'),
  'encoded slashes': (path) => slashes(path, '%2f'),
  'slashes encoded twice': (path) => slashes(path, '%252F'),
  'one letter encoded': (path) => path.slice(0, -1) + hex(path.charCodeAt(path.length - 1)),
  'every letter encoded': encodeAll,
  'every letter encoded twice': (path) => encodeAll(path).replaceAll('%', '%25'),
  'every letter encoded thrice': (path) => encodeAll(path).replaceAll('%', '%2525'),
  'an encoded NUL behind it': (path) => `${path}%00`,
  'an encoded NUL and a tail': (path) => `${path}%00/infer`,
  'NULs between letters': (path) => path.replace(lastOf(path), [...lastOf(path)].join('%00')),
  'a line break behind it': (path) => `${path}%0d%0a`,
  'a tab inside': (path) => `${path.slice(0, -1)}%09${path.slice(-1)}`,
  'a blank behind it': (path) => `${path}%20`,
  'a dot behind it': (path) => `${path}.`,
  'an encoded question mark': (path) => `${path}%3fx`,
  'an encoded hash': (path) => `${path}%23x`,
  'absolute form': (path) => `http://runtime:8000${path}`,
  'no leading slash': (path) => path.slice(1),
  'overlong UTF-8 slashes': (path) => slashes(path, '%c0%af'),
  'overlong UTF-8 letters': (path) => path.replace(/[a-z]/g, (each) => `%c1${hex(each.charCodeAt(0) + 0x40)}`),
  'overlong UTF-8 in three bytes': (path) => slashes(path, '%e0%80%af'),
  '%u escapes': (path) => slashes(path, '%u002f'),
  'full-width letters': (path) =>
    path.replace(/[a-z]/g, (each) => encodeURIComponent(String.fromCharCode(each.charCodeAt(0) + 0xfee0))),
};
