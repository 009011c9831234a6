// Applies the address rule at the moment of connecting, to the very address that is connected to: no second look at DNS between.
import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { OutriggerError } from '../../errors.ts';
import type { Reach } from '../object-store.ts';
import { type AllowedAddresses, addressRefusal } from './address-rule.ts';
import { readIpAddress } from './ip-address.ts';

export interface AddressGuard {
  readonly reach: Reach;
  readonly allow: AllowedAddresses;
}

/** dns.lookup, asked for all addresses. */
export type Resolver = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * `lookup` for net.connect and tls.connect. Of several addresses those that the rule refuses are left out; where none remains
 * the answer is OutriggerError ADDRESS_REFUSED, which reaches the socket's `error` as it is. Not asked for hosts that are
 * addresses themselves: `checkLiteral` is for them.
 */
export function guardedLookup(guard: AddressGuard, resolve: Resolver = systemLookup): LookupFunction {
  return (host, options, answer) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return answer(error, []);
      const refusals = addresses.map(({ address }) => addressRefusal({ ...guard, host, address }));
      const allowed = addresses.filter((_, index) => refusals[index] === null);
      const [first] = allowed;
      if (first === undefined) return answer(refused(refusals[0] ?? `${host} resolves to no address`), []);
      return options.all === true ? answer(null, allowed) : answer(null, first.address, first.family);
    });
  };
}

/**
 * To be called before connecting: Node asks no lookup for a host that is an address. Names pass.
 * @throws OutriggerError ADDRESS_REFUSED
 */
export function checkLiteral(host: string, guard: AddressGuard): void {
  if (readIpAddress(host) === null) return;
  const refusal = addressRefusal({ ...guard, host, address: host });
  if (refusal !== null) throw refused(refusal);
}

/** What is at 169.254.169.254 also has names, which resolvers of GCP, AWS, Azure, Tencent and Equinix know. */
const METADATA_NAMES: ReadonlySet<string> = new Set([
  ...['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data', 'instance-data.ec2.internal'],
  ...['metadata.azure.internal', 'metadata.tencentyun.com', 'metadata.packet.net', 'metadata.platformequinix.com'],
]);
const METADATA_ADDRESS = '169.254.169.254';

/**
 * Also to be called for a host that a proxy will resolve: what it makes of a name nobody here sees, but these have one meaning.
 * @throws OutriggerError ADDRESS_REFUSED
 */
export function checkProxiedName(host: string, guard: AddressGuard): void {
  if (!METADATA_NAMES.has(host.toLowerCase().replace(/\.$/, ''))) return;
  const refusal = addressRefusal({ ...guard, host, address: METADATA_ADDRESS });
  if (refusal !== null) throw refused(refusal);
}

function refused(message: string): OutriggerError {
  return new OutriggerError('ADDRESS_REFUSED', message);
}
