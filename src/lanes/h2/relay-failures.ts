// What is told when a relayed connection cannot go on: to its calls, and to the operator.
import { OutriggerError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { Http2Fault } from './http2-fault.ts';

/** A connection was ended for what its client sent. */
export function tellFault(fault: Http2Fault, { log, metrics }: { readonly log: Log; readonly metrics: Metrics }): void {
  log.debug({ reason: fault.message }, 'a gRPC connection was closed for what its client sent');
  if (fault.isFlood) metrics.http2Floods.add();
}

export function noConnection(name: string, within: string): OutriggerError {
  return new OutriggerError('UPSTREAM_TIMEOUT', `no connection to the runtime at ${name} ${within}`);
}

export function noHttp2(name: string, what: string, cause?: Error): OutriggerError {
  return new OutriggerError('UPSTREAM_PROTOCOL_ERROR', `the runtime at ${name} does not speak HTTP/2: ${what}`, {
    cause,
  });
}

export function connectionBroke(cause: Error | null): OutriggerError {
  const message = "the runtime's HTTP/2 connection broke";
  return new OutriggerError('UPSTREAM_UNREACHABLE', message, { cause: cause ?? undefined });
}

export function noStatus(): OutriggerError {
  return new OutriggerError('UPSTREAM_UNREACHABLE', 'the runtime ended the stream without a status');
}
