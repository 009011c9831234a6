// How the agent says no to a gRPC client: status 200 and a trailers-only answer, the only failure that gRPC can read
// (gRPC over HTTP/2, section Responses); a bare HTTP status would reach the caller without its reason.
import type { OutgoingHttpHeaders } from 'node:http2';
import type { OutriggerError } from '../errors.ts';

const [invalidArgument, deadlineExceeded, permissionDenied, resourceExhausted] = [3, 4, 7, 8];
const [unimplemented, internal, unavailable] = [12, 13, 14];

/** By HTTP status; everything else is UNKNOWN (2). UNAVAILABLE: the client may try again. */
const grpcStatusOfHttp: Readonly<Record<number, number>> = {
  400: invalidArgument,
  403: permissionDenied,
  405: unimplemented,
  413: resourceExhausted,
  414: invalidArgument,
  431: resourceExhausted,
  500: internal,
  501: unimplemented,
  502: unavailable,
  503: unavailable,
  504: deadlineExceeded,
};

/** A trailers-only answer. */
export function grpcErrorFields(error: OutriggerError): OutgoingHttpHeaders {
  return { ':status': 200, 'content-type': 'application/grpc', ...grpcErrorTrailers(error) };
}

/** For an answer that began already. */
export function grpcErrorTrailers(error: OutriggerError): OutgoingHttpHeaders {
  const status = grpcStatusOfHttp[error.httpStatus] ?? 2;
  const fields = { 'grpc-status': String(status), 'grpc-message': encodeMessage(error.message) };
  if (error.retryAfterSeconds === null) return fields;
  // A client with a retry policy waits so long, others see it as metadata (gRFC A6).
  return { ...fields, 'grpc-retry-pushback-ms': String(error.retryAfterSeconds * 1000) };
}

/** Percent-encoding of everything outside printable ASCII, and of the percent sign (gRPC over HTTP/2, Percent-Encoded). */
function encodeMessage(message: string): string {
  return message.replace(/[^\x20-\x24\x26-\x7e]+/gu, (run) =>
    Array.from(Buffer.from(run), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
