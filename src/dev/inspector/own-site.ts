// May this request look at exchanges? Names that point at this machine from outside (DNS rebinding) and other sites may not.

import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { isLoopbackHost, isWildcardHost } from '../../own-hosts.ts';

export interface Asker {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/** A page of another site cannot add it without asking first (CORS), and is never allowed to. */
const inspectHeader = 'x-outrigger-inspect';

/** `opsHost`: that the operator's port is bound to. Null: it may; else the reason. */
export function refusalOf({ method, headers }: Asker, opsHost: string): string | null {
  const refusal = foreignSiteOf(headers, opsHost);
  if (refusal !== null) return refusal;
  const reads = method === 'GET' || method === 'HEAD';
  return reads || headers[inspectHeader] === '1' ? null : 'the header X-Outrigger-Inspect: 1 is missing';
}

/** `boundHost`: that the port which is asked is bound to. Null: no site, or its own page asks; else the reason. */
export function foreignSiteOf({ host, origin, ...headers }: IncomingHttpHeaders, boundHost: string): string | null {
  if (host === undefined || !isOwnHost(hostnameOf(host), boundHost)) {
    return `Host ${host ?? '(none)'} is no address of this machine: use 127.0.0.1 or localhost`;
  }
  if (origin !== undefined && origin !== `http://${host}`) return `another site asks: ${origin}`;
  const site = headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site' ? `another site asks (Sec-Fetch-Site: ${site})` : null;
}

/** Without its port, and without the brackets of an IPv6 address. Null: it is none. */
function hostnameOf(host: string): string | null {
  const groups = /^(?:\[(?<v6>[\da-f:.]+)\]|(?<name>[^:[\]]+))(?::\d{1,5})?$/i.exec(host)?.groups;
  return (groups?.v6 ?? groups?.name ?? null)?.toLowerCase() ?? null;
}

function isOwnHost(hostname: string | null, opsHost: string): boolean {
  if (hostname === null) return false;
  if (isLoopbackHost(hostname) || hostname === opsHost.toLowerCase()) return true;
  // Bound to all addresses: an address was dialled as it is, only names can be made to point elsewhere.
  return isWildcardHost(opsHost) && isIP(hostname) !== 0;
}
