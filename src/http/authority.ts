// A host and a port as one word: `127.0.0.1:8080`, `[::1]:8080` (RFC 3986 3.2.2).

/** Without userinfo. Brackets only around an address, in pairs: other servers trip over a lone one (undici throws). */
export const authoritySyntax = /^(?:\[[\w.~%!$&'()*+,;=:-]*\](?::\d*)?|[\w.~%!$&'()*+,;=:-]*)$/;

export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
