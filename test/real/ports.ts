// Which ports are free? The servers of the suite take numbers, not port 0, so numbers are asked of the system first.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** As many different free loopback ports as asked for; all are held at once before any is let go. */
export async function findFreePorts(count: number): Promise<number[]> {
  const holders = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(holders.map((holder) => once(holder, 'listening')));
  const ports = holders.map((holder) => (holder.address() as AddressInfo).port);
  await Promise.all(holders.map((holder) => once(holder.close(), 'close')));
  return ports;
}
