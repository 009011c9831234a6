// Which part of the address space an address is in: what belongs to the cloud's own machinery, to a private network, to nobody.
import { BlockList } from 'node:net';
import { type IpAddress, readIpAddress } from './ip-address.ts';

/** guarded: metadata services and link-local; local: private networks and this machine; special: of no use to a store. */
export type AddressRange = 'guarded' | 'local' | 'special' | 'public';

/** Services of clouds that hand out credentials or know secrets, beside those in link-local: who asks them is trusted. */
const guarded = blockList([
  '169.254.0.0/16', // link-local: AWS, GCP, Azure, OpenStack, Oracle, IBM, DigitalOcean; ECS and EKS credentials
  'fe80::/10',
  'fd00:ec2::/32', // AWS: metadata, DNS, EKS credentials
  'fd20:ce::254/128', // GCP
  'fd00:c1::a9fe:a9fe/128', // Oracle
  'fd00:42::42/128', // Scaleway
  'fd00:a9fe:a9fe::/64', // Linode
  '168.63.129.16/32', // Azure's host agent
  '100.100.100.200/32', // Alibaba
  '192.0.0.192/32', // Oracle
]);

/** RFC 1918, 6598 (also of pods), 4193, 8215, and loopback; 0.0.0.0 and :: connect to this machine. */
const local = blockList([
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '127.0.0.0/8', '0.0.0.0/32'],
  ...['::/128', '::1/128', 'fc00::/7', '64:ff9b:1::/48'],
]);

/** IANA IPv4 and IPv6 Special-Purpose Address Registries, and multicast. */
const special = blockList([
  ...['0.0.0.0/8', '192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24'],
  ...['192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'],
]);

/** IPv6 addresses outside it are none of the internet's (IANA IPv6 Address Space). */
const globalUnicast = blockList(['2000::/3']);

/** The worst of the address itself and of those that stand in it. */
export function rangeOf(address: IpAddress): AddressRange {
  const embedded = address.embedded.map((text) => ownRange(text, 'ipv4'));
  const ranges = address.isOnlyEmbedded ? embedded : [ownRange(address.text, address.family), ...embedded];
  return (['guarded', 'local', 'special'] as const).find((range) => ranges.includes(range)) ?? 'public';
}

function ownRange(text: string, family: 'ipv4' | 'ipv6'): AddressRange {
  if (guarded.check(text, family)) return 'guarded';
  if (local.check(text, family)) return 'local';
  if (special.check(text, family)) return 'special';
  return family === 'ipv4' || globalUnicast.check(text, family) ? 'public' : 'special';
}

/** Blocks and single addresses. @throws what BlockList throws when one is not valid */
export function blockList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [base = '', bits] = entry.split('/');
    const address = readIpAddress(base);
    const family = address?.family ?? 'ipv4';
    list.addSubnet(address?.text ?? base, bits === undefined ? widthOf(family) : Number(bits), family);
  }
  return list;
}

function widthOf(family: 'ipv4' | 'ipv6'): number {
  return family === 'ipv4' ? 32 : 128;
}
