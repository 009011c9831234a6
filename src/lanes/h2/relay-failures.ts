// What the calls of a relayed connection are told when its runtime cannot go on.
import { OutriggerError } from '../../errors.ts';

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
