// Which administrative APIs may a request path mean, in any spelling that some server or gateway takes for it?
//
// Whoever reads a path differently from us takes pieces out of it (`.`, `..`, empty ones, `;params`, what follows a NUL) and decodes
// it; nobody changes the order. So an API counts as meant when its words follow each other among all pieces of the decoded path,
// whatever stands between them: whichever pieces a server drops, what it can be left with is covered. That is more than any one
// server takes for the API; paths as clients of inference write them are recognized before, and never pay for it.

/** An API of the runtime that operators call, not clients. */
export type AdminApi = 'repository' | 'shm' | 'trace' | 'logging';

export interface AdminCall {
  readonly api: AdminApi;
  /** It loads or unloads models, or has the runtime read its configuration again. */
  readonly changesModels: boolean;
}

export interface AdminRequest {
  readonly method: string;
  /** As received, with its query. */
  readonly path: string;
}

/**
 * V1, V2 and gRPC inference as it is usually written: one name, one plain verb. Models may have names such as `logging` here. What is
 * encoded in a name is ASCII that separates nothing, so that no dot segment and no further piece can come of it.
 */
const plainInference =
  /^(?:\/v[12]\/models\/[\w-](?:[\w.:@+-]|%(?:2[0-246-9a-dA-D]|3[0-9aA]|[46][\da-fA-F]|5[0-9abd-fABD-F]|7[0-9a-eA-E]))*(?:\/(?:versions|labels)\/[\w-][\w.:-]*)?(?:\/[a-z_]+)?(?:\?|$)|\/inference\.GRPCInferenceService\/(?:Model|Server)\w+$)/;

/** The empty list: none, as for nearly all requests; that is told without an allocation. Else each reading of the path once. */
export function readAdminCalls({ method, path }: AdminRequest): readonly AdminCall[] {
  if (plainInference.test(path)) return none;
  const mark = path.indexOf('?');
  const decoded = decodeAll(mark === -1 ? path : path.slice(0, mark));
  const calls = new Set<AdminCall>();
  // Control characters end the path for some servers and are dropped by others.
  const bare = decoded.replace(controls, '');
  const spellings = bare === decoded ? [decoded] : [decoded, bare];
  for (const spelling of spellings) {
    const pieces = spelling.split(separators).map(withoutMargins).filter(Boolean);
    for (const call of callsOf(pieces)) calls.add(call);
    const call = torchServeCall(method, spelling, pieces);
    if (call !== null) calls.add(call);
  }
  return calls.size === 0 ? none : [...calls];
}

const none: readonly AdminCall[] = [];
const controls = /[\x00-\x1f\x7f]/g;
const separators = /[/\\;?#\x00-\x1f\x7f]+/;
/** Each round takes off one layer of encoding; gateways take off one each. */
const maxLayers = 4;

/** In lower case, without any layer of percent-encoding, look-alikes of ASCII as ASCII. */
function decodeAll(path: string): string {
  let text = path;
  for (let layer = 0; layer < maxLayers && text.includes('%'); layer++) text = decodeLayer(text);
  return asAscii(text).normalize('NFKC').toLowerCase();
}

/** To Latin-1: a byte is a character. `%u002f` is IIS's form. */
function decodeLayer(text: string): string {
  return text.replace(/%(?:u00)?([\da-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** UTF-8 as text; what is written in more bytes than it needs, which RFC 3629 3 forbids, as the character that is meant. */
function asAscii(text: string): string {
  const short = text
    .replace(/[\xc0\xc1][\x80-\xbf]/g, (pair) =>
      String.fromCharCode(((pair.charCodeAt(0) & 0x1f) << 6) | (pair.charCodeAt(1) & 0x3f)),
    )
    .replace(/\xe0[\x80\x81][\x80-\xbf]/g, (three) =>
      String.fromCharCode(((three.charCodeAt(1) & 0x3f) << 6) | (three.charCodeAt(2) & 0x3f)),
    );
  return /[\x80-\xff]/.test(short) ? Buffer.from(short, 'latin1').toString('utf8') : short;
}

/** Windows does not see blanks and dots at the end of a name. */
function withoutMargins(piece: string): string {
  return piece.replace(/^[\s.]+|[\s.]+$/g, '');
}

const repository: AdminCall = { api: 'repository', changesModels: false };
const modelChange: AdminCall = { api: 'repository', changesModels: true };
const sharedMemory: AdminCall = { api: 'shm', changesModels: false };
const trace: AdminCall = { api: 'trace', changesModels: false };
const logging: AdminCall = { api: 'logging', changesModels: false };

/** Methods of gRPC services of any package: Triton, KServe, MLServer, TF Serving. */
const grpcMethods: ReadonlyMap<string, AdminCall> = new Map([
  ['repositoryindex', repository],
  ['repositorymodelload', modelChange],
  ['repositorymodelunload', modelChange],
  ['tracesetting', trace],
  ['logsettings', logging],
  ['handlereloadconfigrequest', modelChange], // tensorflow.serving.ModelService
]);

/** `pieces` of a path in lower case, none of them empty. */
function* callsOf(pieces: readonly string[]): Generator<AdminCall> {
  for (const piece of pieces) {
    const call = grpcMethods.get(piece);
    if (call !== undefined) yield call;
    else if (/^(system|cuda)sharedmemory(status|register|unregister)$/.test(piece)) yield sharedMemory;
    else if (piece.endsWith('managementapisservice')) yield torchServeGrpcCall(pieces);
  }
  const belowV2 = after(pieces, 'v2');
  for (const piece of belowV2) {
    // Triton http_server.cc: /v2/repository[/R]/index|models/M/load|unload, /v2/systemsharedmemory[/region/N]/status, …,
    // /v2[/models/M]/trace/setting, /v2/logging. MLServer and KServe have the same for the repository.
    if (piece === 'repository') yield repository;
    else if (piece.endsWith('sharedmemory')) yield sharedMemory;
    else if (piece === 'trace') yield trace;
    else if (piece === 'logging') yield logging;
  }
  if (after(belowV2, 'repository').some((piece) => piece === 'load' || piece === 'unload')) yield modelChange;
  // OVMS: GET /v1/config, POST /v1/config/reload.
  const belowConfig = after(after(pieces, 'v1'), 'config');
  if (after(pieces, 'v1').includes('config')) yield belowConfig.includes('reload') ? modelChange : repository;
}

/** org.pytorch.serve.grpc.management.ManagementAPIsService: RegisterModel, UnregisterModel, ScaleWorker, SetDefault, … */
function torchServeGrpcCall(pieces: readonly string[]): AdminCall {
  return pieces.includes('listmodels') || pieces.includes('describemodel') ? repository : modelChange;
}

/** TorchServe's management_api.md: POST /models, PUT and DELETE /models/M[/V[/set-default]], GET for what there is. */
function torchServeCall(method: string, spelling: string, pieces: readonly string[]): AdminCall | null {
  const at = pieces.indexOf('models');
  if (at === -1) return null;
  // What stands before it may be gone for the server only if the path goes up again.
  if (!spelling.includes('..') && pieces.slice(0, at).some((piece) => /^v\d+$/.test(piece))) return null;
  if (method === 'PUT' || method === 'DELETE') return modelChange;
  if (method !== 'POST') return repository;
  return modelsAlone.test(spelling) ? modelChange : null; // POST /models/M/invoke is an inference
}

/** Nothing behind it that a server must see. */
const modelsAlone = /(?:^|[/\\])\s*models(?:[;?#\x00-\x1f]|[/\\.\s\x7f]*$)/;

/** What follows the first piece that is `word`; nothing when none is. */
function after(pieces: readonly string[], word: string): readonly string[] {
  const at = pieces.indexOf(word);
  return at === -1 ? [] : pieces.slice(at + 1);
}
