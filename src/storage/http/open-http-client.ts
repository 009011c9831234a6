// The client end to stores: lanes that share authorities, proxies, the address rule and the memory bytes are read into.
import type { StorageConfig } from '../../config/storage-config.ts';
import { readAllowAddresses } from '../address/address-rule.ts';
import type { Reach } from '../object-store.ts';
import { Lane } from './lane.ts';
import { planRoute } from './proxy.ts';
import { StoreTrust } from './store-trust.ts';

export type HttpClientConfig = Pick<StorageConfig, 'tls' | 'proxy' | 'transfer' | 'allowAddresses'>;

/**
 * What has arrived is read up to this at once. One for all lanes: what is in it was handed over before anything else is read,
 * so it stays in the cache of the processor. TLS has memory of its own: see gathered-reads.ts.
 */
const memoryBytes = 256 * 1024;

/**
 * The address rule holds for hosts and what they resolve to. Behind a proxy only for hosts that are addresses, as it is the
 * proxy who resolves names; the proxy itself is the operator's and may be anywhere.
 * @throws OutriggerError CONFIG_INVALID: a file of authorities is unusable
 */
export function openHttpClient({ tls, proxy, transfer, allowAddresses }: HttpClientConfig): {
  openLane(reach: Reach): Lane;
} {
  const trust = new StoreTrust(tls);
  const allow = readAllowAddresses(allowAddresses);
  const proxyGuard = { reach: 'anywhere', allow } as const;
  const memory = Buffer.allocUnsafeSlow(memoryBytes);
  return {
    openLane: (reach) =>
      new Lane({
        planRoute: (url) => planRoute(url, proxy),
        connections: { trust, guard: { reach, allow }, proxyGuard, memory },
        transfer,
      }),
  };
}
