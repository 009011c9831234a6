// How a value is shown without what nobody may read: credentials of URLs never reach a message, the log or /status.

const SECRET_PARAMETERS = /([?&;#][^=&;#]*(?:sig|token|key|secret|passw|credential|auth)[^=&;#]*=)[^&;#]*/gi;
const MAX_QUOTED_CHARS = 120;

/** Masks the user part and signature parameters of a URL. A user without password before an abfs account is a container. */
export function maskSecrets(url: string): string {
  if (!url.includes('://')) return url;
  const withoutUser = /^abfss?:\/\/[^:/?#]*@/i.test(url) ? url : url.replace(/^([^:]+:\/\/)[^/?#\\]*@/, '$1***@');
  return withoutUser.replace(SECRET_PARAMETERS, '$1***');
}

/**
 * A rejected text for a problem's `got ...`. It may be anything, so all before its last `@` is masked: where a broken URL's
 * user part ends cannot be told.
 */
export function quoteRejected(text: string): string {
  const masked = text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1***@').replace(SECRET_PARAMETERS, '$1***');
  return JSON.stringify(masked.length > MAX_QUOTED_CHARS ? `${masked.slice(0, MAX_QUOTED_CHARS)}…` : masked);
}
