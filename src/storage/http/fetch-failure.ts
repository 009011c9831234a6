// Why did an exchange fail, as a kind for decisions and in words a person understands?
import { OutriggerError } from '../../errors.ts';
import type { FetchFailure, FetchFailureKind } from './http-client.ts';
import type { Endpoint } from './proxy.ts';

/** How a host is named to people. */
function nameOf({ host, port }: Endpoint): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

interface FailureFacts {
  readonly at: Endpoint;
  readonly words: string;
  readonly cause?: Error;
}

export function failureOf(kind: FetchFailureKind, { at, words, cause }: FailureFacts): FetchFailure {
  return { kind, message: `${nameOf(at)}: ${words}`, cause: cause ?? null };
}

/** `error`: of a socket. Before the connection is `ready` whatever happens means that there is none. */
export function explainSocketError(
  error: Error,
  { at, ready }: { readonly at: Endpoint; readonly ready: boolean },
): FetchFailure {
  const refused = refusalIn(error);
  if (refused !== null) return { kind: 'refused', message: refused.message, cause: refused };
  return failureOf(ready ? 'broken' : 'connect', { at, words: wordsOf(error), cause: error });
}

/** The address rule speaks through the lookup, whose errors Node hands on as they are, or one for each address. */
function refusalIn(error: Error): OutriggerError | null {
  const errors: readonly Error[] = error instanceof AggregateError ? error.errors : [error];
  const found = errors.find((each) => each instanceof OutriggerError && each.code === 'ADDRESS_REFUSED');
  return (found as OutriggerError | undefined) ?? null;
}

/** The system's authorities are used as it is, and our own option adds others. */
const nodeAdvice = /; if the root CA is installed locally, .*--use-system-ca$/;

/** OpenSSL's words for a plain answer to its greeting are a line of its source code. */
export function plainWords(message: string): string {
  if (!message.includes('tls_validate_record_header:wrong version number')) return message;
  return 'it speaks no TLS there; if that is meant, write http: instead of https: (S3_USE_HTTPS=0 for S3_ENDPOINT)';
}

/** A name with several addresses fails with one error for each, and no words of its own. */
function wordsOf(error: Error): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(wordsOf))].join('; ');
  const { code } = error as NodeJS.ErrnoException;
  const text = plainWords(error.message).replace(nodeAdvice, '').trim().replace(/\s+/g, ' ');
  return code === undefined || text.includes(code) ? text : `${text} (${code})`;
}
