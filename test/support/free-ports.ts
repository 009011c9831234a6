// Ports that nobody listens at: for programs that take numbers, not port 0, and for addresses that shall refuse.
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below those that the system gives to port 0 and to clients (Linux: from 32768 on), so that no other test is given one of them
 * before it is used, or while it shall refuse.
 */
const lowest = 15_000;
const highest = 30_000;

/** Given to nobody in this process again. */
const given = new Set<number>();

/** As many different loopback ports as asked for. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
