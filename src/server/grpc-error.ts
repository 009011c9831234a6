// How the agent says no to a gRPC client: status 200 and a trailers-only answer, the only failure that gRPC can read
// (gRPC over HTTP/2, section Responses); a bare HTTP status would reach the caller without its reason.
import type { OutgoingHttpHeaders } from 'node:http2';
import type { OutriggerError } from '../errors.ts';

const grpcStatusOfHttp: Readonly<Record<number, number>> = {
  400: 3, // INVALID_ARGUMENT
  405: 12, // UNIMPLEMENTED
  413: 8, // RESOURCE_EXHAUSTED
  414: 3,
  431: 8,
  500: 13, // INTERNAL
  502: 14, // UNAVAILABLE: the client may try again
  503: 14,
  504: 4, // DEADLINE_EXCEEDED
};

export function grpcErrorFields(error: OutriggerError): OutgoingHttpHeaders {
  return {
    ':status': 200,
    'content-type': 'application/grpc',
    'grpc-status': String(grpcStatusOfHttp[error.httpStatus] ?? 2),
    'grpc-message': encodeMessage(error.message),
  };
}

/** Percent-encoding of everything outside printable ASCII, and of the percent sign (gRPC over HTTP/2, Percent-Encoded). */
function encodeMessage(message: string): string {
  return encodeURIComponent(message).replace(/%(?:20|2[1-46-9A-F]|3[A-F]|40|5[B-E]|60|7[B-D])/gi, decodeURIComponent);
}
