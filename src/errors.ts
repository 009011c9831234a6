// Every error code with its HTTP status: the code is contract, log field and metric label; the message is for people.

/** HTTP status, and when: the table of the README. */
const ERRORS = {
  REQUEST_MALFORMED: [400, 'Framing or syntax that leaves room for guesses (RFC 9112); the connection is closed'],
  REQUEST_TIMEOUT: [408, 'A client too slow with its first bytes or its head'],
  METHOD_NOT_ALLOWED: [405, 'CONNECT and TRACE are not proxied'],
  METHOD_UNKNOWN: [501, 'A method token that the HTTP parser does not know'],
  REQUEST_BODY_TOO_LARGE: [413, 'A body beyond --max-body-bytes'],
  REQUEST_TARGET_TOO_LONG: [414, 'A request target beyond --max-url-bytes'],
  EXPECTATION_FAILED: [417, 'An Expect other than 100-continue'],
  REQUEST_HEADERS_TOO_LARGE: [431, 'A head beyond --max-header-bytes or --max-header-count'],
  CLIENT_GONE: [499, 'The client closed first; seen in the log and in metrics only'],
  UPSTREAM_UNREACHABLE: [502, 'The runtime refused or reset the connection before a status line'],
  UPSTREAM_PROTOCOL_ERROR: [502, 'The answer of the runtime is no valid HTTP'],
  UPSTREAM_NOT_STARTED: [503, 'No connection to the runtime has worked since the agent started'],
  TOO_MANY_CONNECTIONS: [503, '--max-connections are open; Retry-After says one second'],
  OVERLOADED: [
    503,
    'The queue of --container-concurrency, of --upstream-max-connections or of the batcher is full; Retry-After says one second',
  ],
  SHUTTING_DOWN: [503, 'The agent stops; only health checks and cut requests see it'],
  UPSTREAM_TIMEOUT: [504, 'A configured timeout towards the runtime ran out'],
  INTERNAL: [500, 'A fault of the agent itself'],
  CONFIG_INVALID: [500, 'The configuration is wrong; no client sees it; exit 64'],
  MODEL_URI_INVALID: [400, 'A model URI that names no store we know, or is malformed'],
  MODEL_NOT_FOUND: [404, 'No object, file or repository is where a model URI points'],
  STORE_DENIED: [403, 'A store refused the credentials, or wants some (401, 403)'],
  STORE_UNREACHABLE: [502, 'A store cannot be connected to, or stalled again and again'],
  STORE_FAILED: [502, 'A store answered with errors, or not as its protocol says, again and again'],
  ADDRESS_REFUSED: [403, 'A model URI or a redirect leads to an address that the address rule refuses'],
  OBJECT_CHANGED: [409, 'An object changed again and again while it was being fetched'],
  CHECKSUM_MISMATCH: [502, 'What came is not what the store says it has, again and again'],
  UNSAFE_PATH: [422, 'An object key or an archive member that would leave the folder, or collide; nothing was kept'],
  ARCHIVE_INVALID: [422, 'An archive that is broken, or holds what no model needs (links, devices); nothing was kept'],
  PULL_TOO_LARGE: [422, 'More files, or a larger archive, than the limits allow; nothing was kept'],
  DISK_FULL: [507, 'Not enough space in the target folder'],
  FOLDER_UNUSABLE: [500, 'The target folder cannot be written, or another pull works in it'],
  PULL_CANCELLED: [499, 'The pull was interrupted; the next one goes on from there'],
  MODEL_NOT_READY: [
    503,
    'The model is known and not loaded (yet): the message says why, Retry-After when to ask again',
  ],
  API_DENIED: [403, 'An API that --deny-apis closes, or a load or unload by a client while the agent owns the models'],
  MODELS_FILE_INVALID: [500, 'models.json cannot be read or is no JSON array; the last good one stays in force'],
  MODEL_SPEC_INVALID: [422, 'An entry of models.json that names no model; the others are not touched'],
  MODEL_LOAD_FAILED: [502, 'The runtime refused to load or to unload a model'],
  MODEL_TOO_LARGE: [507, 'A model that alone is beyond --model-memory-budget or --model-disk-budget'],
  PORT_UNAVAILABLE: [500, 'A port of ours cannot be bound; no client sees it; exit 1'],
} as const satisfies Record<string, readonly [httpStatus: number, when: string]>;

export type ErrorCode = keyof typeof ERRORS;

export const errorCodes = Object.keys(ERRORS) as readonly ErrorCode[];

export function renderErrorTable(): string {
  const rows = Object.entries(ERRORS).map(([code, [httpStatus, when]]) => `| \`${code}\` | ${httpStatus} | ${when} |`);
  return ['| code | status | when |', '|---|---|---|', ...rows, ''].join('\n');
}

export interface OutriggerErrorOptions extends ErrorOptions {
  /** When asking again may help, at least 1: the client is told. */
  readonly retryAfterSeconds?: number;
}

export class OutriggerError extends Error {
  override readonly name = 'OutriggerError';
  readonly code: ErrorCode;
  /** Null: nothing is known, or asking again does not help. */
  readonly retryAfterSeconds: number | null;

  constructor(code: ErrorCode, message: string, options?: OutriggerErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryAfterSeconds = options?.retryAfterSeconds ?? null;
  }

  get httpStatus(): number {
    return ERRORS[this.code][0];
  }
}
