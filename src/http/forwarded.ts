// Who asked: X-Forwarded-For with this hop appended, and Forwarded built from X-Forwarded-* as Knative does (RFC 7239).
import { isIPv6 } from 'node:net';

export interface ForwardingFields {
  readonly forwardedFor: string | undefined; // as received, several fields joined by ", "
  readonly forwardedHost: string | undefined;
  readonly forwardedProto: string | undefined;
}

/**
 * Adds this hop to a request's flat fields, which hold no X-Forwarded-For any more: `X-Forwarded-For` with the client's
 * address appended, and `Forwarded` when `hasForwarded` is false and any X-Forwarded-* field was received.
 */
export function addForwarding(
  flat: string[],
  received: ForwardingFields,
  clientAddress: string,
  hasForwarded: boolean,
) {
  flat.push('X-Forwarded-For', appendForwardedFor(received.forwardedFor, clientAddress));
  const shim = hasForwarded ? null : buildForwarded(received);
  if (shim !== null) flat.push('Forwarded', shim);
}

/** `a, b` and the client's address. IPv4 clients of a dual-stack socket lose their `::ffff:` prefix, as in Go. */
export function appendForwardedFor(received: string | undefined, clientAddress: string): string {
  const address = clientAddress.startsWith('::ffff:') ? clientAddress.slice(7) : clientAddress;
  return received === undefined || received === '' ? address : `${received}, ${address}`;
}

/**
 * The Forwarded field that stands for the X-Forwarded-* fields received: `for=a;host=h;proto=p, for=b`.
 * Null when none of them was sent (knative/serving, ForwardedShimHandler).
 */
export function buildForwarded(fields: ForwardingFields): string | null {
  const { forwardedFor = '', forwardedHost = '', forwardedProto = '' } = fields;
  if (forwardedFor === '' && forwardedHost === '' && forwardedProto === '') return null;
  const hops = forwardedFor === '' ? [] : forwardedFor.split(',').map((hop) => `for=${quoteNode(hop.trim())}`);
  const first = [hops[0], forwardedHost && `host=${forwardedHost}`, forwardedProto && `proto=${forwardedProto}`];
  return [first.filter(Boolean).join(';'), ...hops.slice(1)].join(', ');
}

function quoteNode(node: string): string {
  // RFC 7239 section 6: IPv6 in brackets, and a colon needs quotes. Asked only with a colon: the pattern behind it is long.
  return node.includes(':') && isIPv6(node) ? `"[${node}]"` : node;
}
