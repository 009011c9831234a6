// Every error code with its HTTP status: the code is contract, log field and metric label; the message is for people.

const HTTP_STATUS = {
  REQUEST_MALFORMED: 400, // framing or syntax that must not be guessed at (RFC 9112 sections 2, 3, 6); the connection is closed
  REQUEST_TIMEOUT: 408, // a client too slow with its first bytes or its head
  METHOD_NOT_ALLOWED: 405, // CONNECT and TRACE are not proxied
  METHOD_UNKNOWN: 501, // a method token that the HTTP parser does not know
  REQUEST_BODY_TOO_LARGE: 413, // body exceeds maxBodyBytes
  REQUEST_TARGET_TOO_LONG: 414, // request target exceeds maxUrlBytes
  EXPECTATION_FAILED: 417, // an Expect other than 100-continue
  REQUEST_HEADERS_TOO_LARGE: 431, // head exceeds maxHeaderBytes or maxHeaderCount
  CLIENT_GONE: 499, // the client closed first; seen in the log and in metrics only
  UPSTREAM_UNREACHABLE: 502, // refused or reset before a status line
  UPSTREAM_PROTOCOL_ERROR: 502, // the runtime's answer is no valid HTTP
  UPSTREAM_NOT_STARTED: 503, // no connection to the runtime has worked since the agent started
  TOO_MANY_CONNECTIONS: 503, // maxConnections reached
  OVERLOADED: 503, // container concurrency and its queue are full; retry after a second
  SHUTTING_DOWN: 503, // the agent stops; only health checks and cut requests see it
  UPSTREAM_TIMEOUT: 504, // a configured timeout towards the runtime ran out
  INTERNAL: 500, // a fault of the agent itself
  CONFIG_INVALID: 500, // no client sees it; exit 64
  PORT_UNAVAILABLE: 500, // a port of ours cannot be bound; no client sees it; exit 1
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof HTTP_STATUS;

export const errorCodes = Object.keys(HTTP_STATUS) as readonly ErrorCode[];

export function httpStatusOf(code: ErrorCode): number {
  return HTTP_STATUS[code];
}

export class OutriggerError extends Error {
  override readonly name = 'OutriggerError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get httpStatus(): number {
    return HTTP_STATUS[this.code];
  }
}
