// Addresses and CIDR blocks of one flag: `10.0.0.5,192.168.0.0/16,fd00::/8`.
import { isIP } from 'node:net';
import { list } from './lists.ts';
import type { Kind } from './values.ts';

/** As they were written, without blanks. */
export const addresses: Kind<readonly string[]> = {
  ...list,
  label: 'cidr,cidr2',
  expected: 'a comma separated list of IP addresses and CIDR blocks, such as 10.0.0.5,192.168.0.0/16,fd00::/8',
  read(text) {
    const entries = list.read(text) ?? [];
    return entries.every(isAddressOrBlock) ? entries : undefined;
  },
};

/** Without zone id: it has a meaning on one machine only. */
function isAddressOrBlock(entry: string): boolean {
  const [address = '', bits, ...more] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
