// The address rule: whom may a model URI, and where it redirects to, make us connect to? Pure; guarded-lookup.ts applies it.
import type { BlockList } from 'node:net';
import type { Reach } from '../object-store.ts';
import { blockList, rangeOf } from './address-ranges.ts';
import { type IpAddress, readIpAddress } from './ip-address.ts';

/** Of --allow-addresses: what may be reached though the rule refuses it. */
export interface AllowedAddresses {
  includes(address: IpAddress): boolean;
}

/** Names that no public DNS has: RFC 6761, 6762, 8375, ICANN's .internal, Kubernetes' services, and what routers make up. */
const privateName = /\.(localhost|local|internal|home\.arpa|svc|lan|intranet|corp|home|private)$/;

/** `entries`: addresses and CIDR blocks as config/addresses.ts has checked them; `::/0` is all there are, IPv4 too. */
export function readAllowAddresses(entries: readonly string[]): AllowedAddresses {
  const list = blockList(entries);
  return {
    includes: ({ text, family, embedded }) => list.check(text, family) || embedded.some((inner) => isIn(list, inner)),
  };
}

/**
 * How far a host may lead: where the operator configured it, or wrote one that is private on the face of it, to private
 * addresses too. A redirect keeps the reach of the store it comes from: that host wrote the next one, not the operator.
 * @param host of a URL, in any case; an IPv6 address with or without brackets
 */
export function reachOf(host: string, { configured }: { readonly configured: boolean }): Reach {
  if (configured) return 'anywhere';
  const address = readIpAddress(host);
  if (address !== null) return rangeOf(address) === 'local' ? 'anywhere' : 'public';
  const name = host.toLowerCase().replace(/\.$/, '');
  return !name.includes('.') || privateName.test(name) ? 'anywhere' : 'public';
}

/** Null: it may be connected to. Otherwise a sentence that names host and address, says why not, and what to do. */
export function addressRefusal(target: {
  readonly host: string;
  /** What the host resolves to; the host itself where it is an address. */
  readonly address: string;
  readonly reach: Reach;
  readonly allow: AllowedAddresses;
}): string | null {
  const { host, reach, allow } = target;
  const address = readIpAddress(target.address);
  if (address === null) return `${host} resolves to what is no IP address`;
  const range = rangeOf(address);
  if (range === 'public' || (range !== 'guarded' && reach === 'anywhere') || allow.includes(address)) return null;
  const found = readIpAddress(host) === null ? `${host} resolves to ${address.text}` : `${host} is an address`;
  return `${found} ${whyRefused[range]}; if it is meant: --allow-addresses=${address.text}`;
}

const whyRefused = {
  guarded: 'of cloud metadata or link-local, which no model URI may reach',
  local: 'of a private network or of this machine, which a public host may not lead to',
  special: 'of no public network, which a public host may not lead to',
} as const;

function isIn(list: BlockList, ipv4: string): boolean {
  return list.check(ipv4, 'ipv4');
}
