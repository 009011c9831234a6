// What went wrong with a probe of the runtime, in words an operator reads in /readyz.

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection closed before an answer',
  EPIPE: 'connection closed before an answer',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'host not found',
  EAI_AGAIN: 'host not found, name service busy',
};

/** Never what the runtime sent: its bytes have no place in a log line. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const words = WORDS[code];
  if (words !== undefined) return words;
  if (code.startsWith('HPE_')) return `the answer is not valid HTTP (${code})`;
  if (code.startsWith('ERR_HTTP2_')) return `no valid HTTP/2 exchange (${code})`;
  return code === '' ? error.message : `${error.message} (${code})`;
}
