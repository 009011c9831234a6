// What became of an exchange, in a word and a colour.
/** @import { ExchangeSummary } from '../../../dev/inspector/api.ts' */

const GRPC_STATUS_NAMES = [
  ...['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS'],
  ...['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED'],
  ...['INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'],
];

/** @param {Pick<ExchangeSummary, 'outcome' | 'status' | 'grpcStatus'>} exchange */
export function outcomeWord({ outcome, status, grpcStatus }) {
  if (outcome === 'running') return 'running';
  if (outcome === 'cancelled') return 'client left';
  return statusWord({ status, grpcStatus });
}

/** `200`, `OK` of gRPC, `broke off`. @param {{ status: number | null, grpcStatus: number | null }} answer */
export function statusWord({ status, grpcStatus }) {
  if (grpcStatus !== null) return GRPC_STATUS_NAMES[grpcStatus] ?? `gRPC ${grpcStatus}`;
  return status === null ? 'broke off' : String(status);
}

/** @param {ExchangeSummary['outcome']} outcome */
export function outcomeTone(outcome) {
  return { running: 'live', ok: 'ok', error: 'bad', cancelled: 'warn' }[outcome];
}
