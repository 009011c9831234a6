// Why did an attempt fail, as a code for decisions and in words a person understands?
import type { Failure, FailureCode } from '../delivery/delivery.ts';

const codes: Readonly<Record<string, FailureCode>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timeout', // the kernel's own patience with a peer that is gone
};

/** The system's authorities are used as it is. */
const nodeAdvice = /; if the root CA is installed locally, .*--use-system-ca$/;

/** `error`: of a socket. The peer's certificate and our own are judged before the connection is `ready`. */
export function explainConnectionError(error: Error, ready: boolean): Failure {
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  const message = wordsOf(error);
  if (syscall === 'getaddrinfo') return { code: 'dns', message };
  const known = codes[code];
  if (known !== undefined) return { code: known, message };
  // An error of the connection itself names a system call. Later alerts, such as about a client certificate, name the library.
  const ofTls = /^ERR_(?:SSL|TLS|OSSL)|^EPROTO$/.test(code) || (!ready && syscall === undefined);
  return { code: ofTls ? 'tls' : 'unreachable', message };
}

/** A name with several addresses fails with one error for each, and no words of its own. */
function wordsOf(error: Error): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map((each: Error) => each.message))].join('; ');
  const { code } = error as NodeJS.ErrnoException;
  const text = error.message.replace(nodeAdvice, '').trim().replace(/\s+/g, ' ');
  return code === undefined || text.includes(code) ? text : `${text} (${code})`;
}
